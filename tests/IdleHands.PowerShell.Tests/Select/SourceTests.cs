using System.Globalization;
using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>A model is selected by its file alone, with a program called llama-server on the PATH, which is the sample server.</summary>
public sealed class SourceTests : RuntimeTests
{
    private readonly ServingPath _path;

    public SourceTests()
    {
        _path = new ServingPath(Path.Combine(Session.Root, "path"));
        _path.AddLlamaServer();
    }

    protected override void CleanUp()
    {
        base.CleanUp();
        Launches.End(Session.StateDirectory);
        _path?.Dispose();
    }

    [Fact]
    public void A_file_is_served_without_any_configuration_and_what_was_assumed_is_said()
    {
        Result result = Session.Run($"Select-IHModel -Source '{Weights.FilePath}' -InformationVariable said; $said");

        SelectResult select = Selected(result.Output[0]);
        Assert.Equal((SelectStatus.Started, "tiny", "localhost", "cpu"), (select.Status, select.ActiveId, select.HostId, select.BackendId));
        Assert.Equal("ready", Text("(Get-IHRuntime -Verify).Status"));
        Assert.Equal("tiny: ready", Text("Test-IHHealth | Where-Object Section -eq Model | ForEach-Object { \"$($_.Id): $($_.Status)\" }"));
        Assert.False(File.Exists(Session.ConfigurationFile));
        Assert.Equal(
            [
                "Assumed: id tiny, by the name of the source.",
                "Assumed: host localhost, which is this machine.",
                "Assumed: engine llama-server, found on PATH as llama-server.",
                "Assumed: backend cpu, because llama-server lists no other device.",
                $"Assumed: port {PortOf(select)}, the first that is free.",
                "Assumed: context window 32768, which it was trained for.",
            ],
            result.Output.Skip(1).Select(line => line.ToString()));
    }

    [Fact]
    public void It_is_stopped_logged_restored_and_reused_like_any_other()
    {
        SelectResult first = Select($"-Source '{Weights.FilePath}'");
        SelectResult again = Select($"-Source '{Weights.FilePath}'");
        string broken = Path.Combine(Weights.Directory, "other.gguf");
        GgufFileWriter.Model().Save(broken);
        _path.Add("llama-server", "echo 'no such option'; exit 3");
        Result failed = Session.Run($"Select-IHModel -Source '{broken}'");
        Session.Get("Stop-IHRuntime -WarningAction SilentlyContinue");

        Assert.Equal((SelectStatus.Started, SelectStatus.Reused), (first.Status, again.Status));
        Assert.Equal(first.Endpoint, again.Endpoint);
        Assert.Equal("StartFailed", ErrorId(failed.Error));
        Assert.Equal(SelectStatus.Failed, Selected(failed.Output[0]).Status); // The program is gone that both were started by.
        Assert.Contains("# idlehands launch tiny-", Text("Get-IHLog tiny"), StringComparison.Ordinal);
        Assert.Empty(Session.Get("Get-IHRuntime"));
        Assert.Empty(Launches.Of(Session.StateDirectory));
    }

    [Theory]
    [InlineData("Wait-IHModel")]
    [InlineData("Wait-IHModel tiny")]
    [InlineData("Test-IHHealth tiny")]
    [InlineData("Get-IHRuntime | Test-IHHealth")]
    public void What_is_about_what_runs_knows_it(string script)
    {
        Select($"-Source '{Weights.FilePath}'");

        var row = (HealthResult)Assert.Single(Session.Get(script)).BaseObject;

        Assert.Equal(("Model", "tiny", "localhost", "ready"), (row.Section, row.Id, row.HostId, row.Status));
    }

    [Fact]
    public void What_ran_before_comes_back_although_no_entry_knows_it()
    {
        Select($"-Source '{Weights.FilePath}'");
        string broken = Path.Combine(Weights.Directory, "broken.gguf");
        GgufFileWriter.Model().Save(broken);
        _path.Add(
            "llama-server",
            $"case \"$*\" in *broken*) echo 'out of memory'; exit 3 ;; esac; exec '{SampleServerProcess.ExecutablePath}' --lifetime 120 --guise llama-server \"$@\"");

        Result result = Session.Run($"Select-IHModel -Source '{broken}'");

        Assert.Equal((SelectStatus.Restored, "tiny"), (Selected(result.Output[0]).Status, Selected(result.Output[0]).ActiveId));
        Assert.Equal("ready", Text("(Get-IHRuntime -Verify).Status"));
    }

    [Fact]
    public void A_dry_run_shows_all_and_its_plan_can_be_carried_out()
    {
        _path.AddLlamaServer("CUDA0: NVIDIA H200 (143156 MiB, 142000 MiB free)");

        var plan = (RuntimePlan)Assert.Single(Session.Get($"$plan = Select-IHModel -Source '{Weights.FilePath}' -DryRun; $plan")).BaseObject;

        Assert.Equal(("tiny", "localhost", "cuda"), (plan.Id, plan.HostId, plan.BackendId));
        Assert.Contains("backend cuda, because llama-server lists NVIDIA H200", plan.Assumptions);
        Assert.Empty(Session.Get("Get-IHRuntime"));
        Assert.Equal($"Select-IHModel -Source {Weights.FilePath}", plan.Request.ToString().Replace("'", string.Empty, StringComparison.Ordinal).Replace(" -HostId localhost", string.Empty, StringComparison.Ordinal));

        Assert.Equal("Started", Text("($plan | Invoke-IHPlan).Status"));
        Assert.Equal("PlanOutdated", ErrorId(Session.Run("$plan | Invoke-IHPlan").Error));
    }

    [Theory]
    [InlineData("$item | Select-IHModel")]
    [InlineData("Get-IHModelFile 'FILE' | Select-IHModel")]
    [InlineData("[pscustomobject]@{ Path = 'FILE' } | Select-IHModel")]
    [InlineData("[pscustomobject]@{ Source = 'FILE' } | Select-IHModel")]
    [InlineData("Select-IHModel -Source ./tiny.gguf")]
    public void Files_come_down_the_pipeline(string script)
    {
        Session.Runspace.SessionStateProxy.SetVariable("item", new FileInfo(Weights.FilePath));
        Session.Runspace.SessionStateProxy.Path.SetLocation(Weights.Directory);

        var plan = (RuntimePlan)Assert.Single(Session.Get($"{script.Replace("FILE", Weights.FilePath, StringComparison.Ordinal)} -DryRun")).BaseObject;

        Assert.Equal(("tiny", $"check that {Weights.FilePath} can be read on host localhost"), (plan.Id, plan.Steps[0].Description));
    }

    [Fact]
    public void Saved_it_is_an_entry_that_is_found_again_by_id_and_by_file()
    {
        SelectResult started = Select($"-Source '{Weights.FilePath}' -Save");

        Assert.Equal(SelectStatus.Reused, Select("tiny").Status);
        var plan = (RuntimePlan)Assert.Single(Session.Get($"Select-IHModel -Source '{Weights.FilePath}' -DryRun")).BaseObject;
        Assert.True(plan.Reuse);
        Assert.Equal(["model tiny, whose source it is in the configuration"], plan.Assumptions);
        Assert.Equal("localhost|cpu|tiny", Text("(Get-IHHost).Id; (Get-IHBackend).Id; (Get-IHModel).Id"));
        Assert.Equal(PortOf(started).ToString(CultureInfo.InvariantCulture), Text("(Get-IHModel).Port"));
        Assert.Empty(Session.Get("Test-IHConfiguration | Where-Object { $_.Findings }"));
        Assert.Equal(SelectStatus.Reused, Select($"-Source '{Weights.FilePath}' -Save").Status);
        Assert.Equal("tiny", Text("(Get-IHModel).Id"));
    }

    [Theory]
    [InlineData("Select-IHModel -Source 'FILE' -Confirm")]
    [InlineData("$null = Select-IHModel -Source 'FILE' -InformationAction Ignore; Stop-IHRuntime -Confirm")]
    public void Where_nobody_can_answer_it_says_so_and_nothing_is_done(string script)
    {
        ErrorRecord error = Session.Run(script.Replace("FILE", Weights.FilePath, StringComparison.Ordinal)).Error;

        Assert.Equal("ConfirmationNeeded", ErrorId(error));
        Assert.Contains("-Confirm:$false", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(script.StartsWith('$') ? 1 : 0, Session.Get("Get-IHRuntime").Count);
    }

    [Fact]
    public void An_entry_that_was_added_meanwhile_by_its_id_is_not_taken_for_it()
    {
        Select($"-Source '{Weights.FilePath}'");
        Session.Get("Add-IHHost localhost; Add-IHModel tiny -Source /else.gguf -StartCommand c -Port 9999");
        Session.Get("Get-IHModel tiny | Set-IHModel -Source /other.gguf");

        SelectResult result = Select($"-Source '{Weights.FilePath}' -Save");

        Assert.Equal("tiny-2", result.ActiveId);
        Assert.Equal("/other.gguf|" + Weights.FilePath, Text("(Get-IHModel).Source"));
    }

    [Fact]
    public void A_backend_can_be_asked_for_without_a_configuration_and_another_file_of_the_name_is_another_model()
    {
        Select($"-Source '{Weights.FilePath}' -BackendId vulkan -HostId LocalHost");
        string other = Path.Combine(Directory.CreateDirectory(Path.Combine(Weights.Directory, "b")).FullName, "tiny.gguf");
        GgufFileWriter.Model().Save(other);

        var plan = (RuntimePlan)Assert.Single(Session.Get($"Select-IHModel -Source '{other}' -DryRun")).BaseObject;

        Assert.Equal("vulkan", Text("(Get-IHRuntime).BackendId"));
        Assert.Equal("tiny-2", plan.Id);
        Assert.Equal(PortOf(Select($"-Source '{Weights.FilePath}' -BackendId vulkan")).ToString(CultureInfo.InvariantCulture), new Uri(plan.Endpoint).Port.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void What_does_not_start_is_not_saved()
    {
        _path.Add("llama-server", "exit 3");

        Result result = Session.Run($"Select-IHModel -Source '{Weights.FilePath}' -Save");

        Assert.Equal("StartFailed", ErrorId(result.Error));
        Assert.False(File.Exists(Session.ConfigurationFile));
    }

    [Fact]
    public void Beside_a_configuration_its_host_and_backend_are_used_and_its_ports_left_alone()
    {
        Session.Get("Add-IHHost workstation; Add-IHHost far -Transport ssh -HostName far; Add-IHBackend cpu -Environment @{ A = 'b' }; Add-IHModel tiny -Source /else/tiny.gguf -StartCommand c -Port 8080");

        var plan = (RuntimePlan)Assert.Single(Session.Get($"Select-IHModel -Source '{Weights.FilePath}' -DryRun")).BaseObject;

        Assert.Equal(("tiny-2", "workstation", "cpu"), (plan.Id, plan.HostId, plan.BackendId));
        Assert.NotEqual("http://127.0.0.1:8080/v1", plan.Endpoint);
        Assert.Contains("env A=b llama-server", plan.Steps.Single(step => step.Kind == "StartModel").Command, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_engine_it_says_how_to_get_one()
    {
        File.Delete(Path.Combine(Session.Root, "path", "llama-server"));

        ErrorRecord error = Session.Run($"Select-IHModel -Source '{Weights.FilePath}'").Error;

        Assert.Equal("EngineNotFound", ErrorId(error));
        Assert.Contains("llama-server and koboldcpp were looked for", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("llama.cpp", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_was_built_without_the_GPU_is_told()
    {
        _path.AddNvidia(("NVIDIA GeForce RTX 3090", 24576));

        Result result = Session.Run($"Select-IHModel -Source '{Weights.FilePath}' -DryRun");

        var plan = (RuntimePlan)Assert.Single(result.Output).BaseObject;
        Assert.Equal("cpu", plan.BackendId);
        Assert.Contains("was built for the processor alone, and does not use NVIDIA GeForce RTX 3090: a build with cuda would", plan.Warnings[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./nothing.gguf", "ModelFileNotFound")]
    [InlineData("/usr/bin/env", "NotGguf")]
    [InlineData("/tmp", "EngineNotFound")]
    [InlineData("hf:owner/name", null)]
    [InlineData("ollama:qwen3:8b", "EngineNotFound")]
    public void A_source_that_can_not_be_served_is_refused_before_anything_is_done(string source, string? errorId)
    {
        Result result = Session.Run($"Select-IHModel -Source '{source}' -DryRun");

        if (errorId is null)
        {
            Assert.Contains("-hf owner/name", ((RuntimePlan)result.Output[0].BaseObject).Steps.Single(step => step.Kind == "StartModel").Command, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(errorId, ErrorId(result.Error));
        }

        Assert.Empty(Session.Get("Get-IHRuntime"));
    }

    private static SelectResult Selected(PSObject item) => Assert.IsType<SelectResult>(item.BaseObject);

    private static int PortOf(SelectResult result) => new Uri(result.Endpoint!).Port;

    private SelectResult Select(string arguments)
    {
        Result result = Session.Run($"Select-IHModel {arguments}");
        Assert.True(result.Errors.Count == 0, result.Errors.Count > 0 ? result.Errors[0].Exception.Message : null);
        return Selected(Assert.Single(result.Output));
    }
}

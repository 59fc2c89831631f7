using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Setup;

/// <summary>
/// The setup of a machine, as somebody at a console sees it, against transcripts that are kept beside this file. Where
/// <c>IDLEHANDS_TEST_ACCEPT</c> is 1, what is shown now becomes the transcript.
/// </summary>
public sealed partial class InitializeTests : RuntimeTests
{
    private static readonly string[] Variables = ["HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS"];
    private readonly Dictionary<string, string?> _environment = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
    private readonly ServingPath _path;
    private readonly string _home;
    private readonly int _port = SampleServerProcess.FindFreePort();

    public InitializeTests()
    {
        _path = new ServingPath(Path.Combine(Session.Root, "path"));
        _home = Directory.CreateDirectory(Path.Combine(Session.Root, "home")).FullName;

        // Whatever servers the machine runs.
        Session.Get($"$PSDefaultParameterValues['Initialize-IHConfiguration:ScanPorts'] = {_port}");
        foreach (string name in Variables)
        {
            Environment.SetEnvironmentVariable(name, name == "HOME" ? _home : null);
        }
    }

    protected override void CleanUp()
    {
        base.CleanUp();
        Launches.End(Session.StateDirectory);
        _path?.Dispose();
        foreach ((string name, string? value) in _environment)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    [Fact]
    public void A_fresh_machine_without_GPU()
    {
        _path.AddLlamaServer();
        Save("models/Qwen3-4B-Q4_K_M.gguf");

        Result result = Session.Answer("Initialize-IHConfiguration", "Y", "Y");

        AssertTranscript("fresh-cpu", result);
        Assert.Equal("cpu|qwen3-4b-q4-k-m", Text("(Get-IHBackend).Id; (Get-IHModel).Id"));
        Assert.Equal(["Add host 'localhost'", "Add backend 'cpu'", "Add model 'qwen3-4b-q4-k-m'"], result.Output.Select(item => item.ToString()));
    }

    [Fact]
    public void Two_GPUs_and_three_directories_of_which_some_models_are_chosen()
    {
        Furnish();

        Result result = Session.Answer("Initialize-IHConfiguration", "C", "Y", "N", "A", "Y");

        AssertTranscript("two-gpus", result);
        Assert.Equal("localhost", Text("(Get-IHHost).Id"));
        Assert.Equal("NVIDIA GeForce RTX 3090|NVIDIA GeForce RTX 3090", Text("(Get-IHHost).Gpu"));
        Assert.Equal("48|cuda|nvidia-smi -L", Text("(Get-IHHost).VramGB; (Get-IHBackend).Id; (Get-IHBackend).VerifyCommand"));
        Assert.Equal(3, Session.Get("Get-IHModel").Count);
        Assert.Empty(Session.Get("Get-IHDiagnostic -Severity Warning"));
    }

    [Fact]
    public void A_second_run_proposes_what_is_new_alone()
    {
        Furnish();
        Session.Answer("Initialize-IHConfiguration -Auto");
        string before = Session.ReadConfiguration();

        Result nothing = Session.Answer("Initialize-IHConfiguration");
        Assert.Empty(nothing.Output);
        Assert.Equal(before, Session.ReadConfiguration());
        Save("models/Later-Q8_0.gguf");
        Result second = Session.Answer("Initialize-IHConfiguration", "Y", "Y");

        AssertTranscript("second-run", second);
        Assert.Equal("Add model 'later-q8-0'", Assert.Single(second.Output).ToString());
        Assert.True(File.Exists(((ConfigurationChange)second.Output[0].BaseObject).BackupPath));
    }

    [Theory]
    [InlineData("interrupted-at-the-models", null)]
    [InlineData("interrupted-at-the-end", "A", null)]
    [InlineData("refused", "A", "N")]
    [InlineData("nothing-chosen", "N", "N")]
    public void Interrupted_or_refused_nothing_is_written(string transcript, params string?[]? answers)
    {
        Furnish();

        Result result = Session.Answer("Initialize-IHConfiguration", answers ?? [null]);

        AssertTranscript(transcript, result);
        Assert.Empty(result.Output);
        Assert.Empty(result.Errors);
        Assert.False(Directory.Exists(Session.ConfigurationDirectory));
    }

    [Fact]
    public void What_was_set_up_runs()
    {
        _path.AddLlamaServer();
        Save("models/tiny.gguf");

        Session.Get("Initialize-IHConfiguration -Auto");
        Result select = Session.Run("Select-IHModel tiny");

        Assert.Equal(SelectStatus.Started, ((SelectResult)Assert.Single(select.Output).BaseObject).Status);
        Assert.Equal("ready", Text("(Get-IHRuntime -Verify).Status"));
    }

    [Fact]
    public async Task A_server_that_runs_is_kept_with_its_command_and_taken_over()
    {
        string file = Save("models/tiny.gguf");
        await using var server = SampleServerProcess.StartRaw(
            _port, "-m", file, "--port", _port.ToString(CultureInfo.InvariantCulture), "--alias", "my model", "--lifetime", "120");
        await server.WaitUntilReadyAsync(Token);

        Result result = Session.Answer("Initialize-IHConfiguration", "Y", "Y");
        var model = (RuntimeModel)Assert.Single(Session.Get("Get-IHModel my-model")).BaseObject;
        Result select = Session.Run("Select-IHModel my-model");

        Assert.Equal((_port, file), (model.Port, model.Source));
        Assert.Contains("-m {source} --port {port} --alias 'my model'", model.StartCommand, StringComparison.Ordinal);
        Assert.Equal("Add model 'my-model'", result.Output[^1].ToString());
        Assert.Equal(SelectStatus.Reused, ((SelectResult)select.Output[0].BaseObject).Status);
        Assert.False(server.HasExited);
        Assert.Equal(SelectStatus.Started, ((SelectResult)Session.Run("Select-IHModel my-model -Restart").Output[0].BaseObject).Status);
        Assert.True(server.HasExited);
        Assert.Empty(Session.Get("Initialize-IHConfiguration -Auto"));
    }

    [Fact]
    public void What_was_selected_by_its_file_is_kept_as_it_runs()
    {
        _path.AddLlamaServer();
        string file = Save("models/tiny.gguf");
        Session.Get($"Select-IHModel -Source '{file}'");

        Session.Get("Initialize-IHConfiguration -Auto");

        Assert.Equal("tiny", Text("(Get-IHModel).Id"));
        Assert.Equal("Reused", Text("(Select-IHModel tiny).Status"));
    }

    [Fact]
    public void A_host_that_is_disabled_is_told_and_nothing_is_put_on_it()
    {
        _path.AddLlamaServer();
        string file = Save("models/tiny.gguf");
        Session.Get("Add-IHHost me; Disable-IHHost me");

        Assert.Equal("NoEligibleHost", ErrorId(Session.Run("Initialize-IHConfiguration -Auto").Error));
        Assert.Equal("NoEligibleHost", ErrorId(Session.Run($"Select-IHModel -Source '{file}' -Save").Error));
        Assert.Equal("me", Text("(Get-IHHost).Id"));
    }

    [Fact]
    public void Models_that_nothing_serves_or_that_have_no_name_are_told()
    {
        _path.Add("ollama", "exit 0");
        Save("models/tiny.gguf");
        Session.Answer("Initialize-IHConfiguration -Auto");
        Assert.Contains("1 of them can't be served by these. Get llama.cpp server", Shown(), StringComparison.Ordinal);

        _path.AddLlamaServer();
        Save("models/模型.gguf", GgufFileWriter.Model(blocks: 3));
        Session.Answer("Initialize-IHConfiguration -Auto");
        Assert.Contains("no id can be made of the name of ~/models/模型.gguf", Shown(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_of_Ollama_is_read_by_its_manifests()
    {
        _path.Add("ollama", "exit 0");
        SaveOllama(".ollama/models", "registry.ollama.ai/library/qwen3/8b");
        SaveOllama(".ollama/models", "hf.co/owner/Some-GGUF/Q4_K_M", contextLength: 4096);

        Session.Get("Initialize-IHConfiguration -Auto");

        Assert.Equal("ollama:hf.co/owner/Some-GGUF:Q4_K_M|qwen3:8b", Text("(Get-IHModel).Source").Replace("|ollama:qwen3:8b", "|qwen3:8b", StringComparison.Ordinal));
        Assert.Equal("some-gguf-q4-k-m|qwen3-8b", Text("(Get-IHModel).Id"));
        Assert.Equal(["model qwen3-8b, whose source it is in the configuration"], ((RuntimePlan)Assert.Single(Session.Get("Select-IHModel -Source ollama:qwen3:8b -DryRun")).BaseObject).Assumptions);
        Assert.All(Session.Get("Get-IHModel"), model => Assert.Contains("ollama serve", ((RuntimeModel)model.BaseObject).StartCommand, StringComparison.Ordinal));
        Assert.Empty(Session.Get("Initialize-IHConfiguration -Auto"));
    }

    [Fact]
    public void Without_Ollama_llama_server_serves_the_files_of_its_store()
    {
        _path.AddLlamaServer();
        SaveOllama(".ollama/models", "registry.ollama.ai/library/qwen3/8b");

        Session.Get("Initialize-IHConfiguration -Auto");

        Assert.Equal("qwen3-8b", Text("(Get-IHModel).Id"));
        Assert.StartsWith(Path.Combine(_home, ".ollama/models/blobs/sha256-"), Text("(Get-IHModel).Source"), StringComparison.Ordinal);
        Assert.Equal("ready", Text("Select-IHModel qwen3-8b > $null; (Get-IHRuntime -Verify).Status"));
    }

    [Fact]
    public void Without_an_engine_no_model_is_proposed_and_it_says_how_to_get_one()
    {
        Save("models/tiny.gguf");

        Result result = Session.Answer("Initialize-IHConfiguration -Auto");

        Assert.Equal(["Add host 'localhost'", "Add backend 'cpu'"], result.Output.Select(item => item.ToString()));
        Assert.Contains("none on PATH. Get llama.cpp server", Shown(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_tool_says_instead_of_naming_a_GPU_is_told()
    {
        _path.AddLlamaServer();
        _path.Add("nvidia-smi", "echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9");
        Save("models/tiny.gguf");

        Session.Answer("Initialize-IHConfiguration -Auto");

        Assert.Equal("cpu", Text("(Get-IHBackend).Id"));
        Assert.Contains("nvidia-smi: NVIDIA-SMI has failed because", Shown(), StringComparison.Ordinal);
        Assert.Contains("nvidia-smi: NVIDIA-SMI has failed", Text($"(Select-IHModel -Source '{Save("other.gguf")}' -DryRun).Warnings"), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nobody_can_answer_it_says_so_and_writes_nothing()
    {
        _path.AddLlamaServer();

        ErrorRecord error = Session.Answer("Initialize-IHConfiguration").Error;

        Assert.Equal("ConfirmationNeeded", ErrorId(error));
        Assert.Contains("-Auto", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Session.ConfigurationDirectory));
    }

    [Fact]
    public void WhatIf_shows_what_would_be_added_and_asks_nothing()
    {
        Furnish();

        IReadOnlyList<PSObject> changes = Session.Get("Initialize-IHConfiguration -WhatIf");

        Assert.Equal(6, changes.Count);
        Assert.Contains(((ConfigurationChange)changes[^1].BaseObject).Difference, change => change is { Property: "source", Before: null });
        Assert.False(Directory.Exists(Session.ConfigurationDirectory));
    }

    [Fact]
    public void What_is_broken_is_no_chat_model_or_is_there_twice_is_left_out_and_told()
    {
        _path.AddLlamaServer();
        Save("models/good.gguf");
        Save(".lmstudio/models/me/good/good.gguf");
        Save("models/embed.gguf", GgufFileWriter.Model("nomic-bert"));
        Save("models/mmproj-good.gguf");
        File.WriteAllText(Path.Combine(_home, "models", "broken.gguf"), "no such format");

        Result result = Session.Answer("Initialize-IHConfiguration -Auto");

        Assert.Equal("good", Text("(Get-IHModel).Id"));
        Assert.Contains("--mmproj", Text("(Get-IHModel).StartCommand"), StringComparison.Ordinal);
        Assert.Empty(result.Errors);
        Assert.Contains("embed.gguf is no model that answers (nomic-bert)", Shown(), StringComparison.Ordinal);
        Assert.Contains("broken.gguf' is no GGUF file", Shown(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_and_other_directories_can_be_named()
    {
        _path.AddLlamaServer();
        Save("data/a/one.gguf");
        Save("data/b/two.gguf");
        string file = Path.Combine(Session.Root, "other", "mine.json");

        IReadOnlyList<PSObject> changes = Session.Get($"'{_home}/data/*' | Initialize-IHConfiguration -Auto -Path '{file}'");

        Assert.Equal(4, changes.Count);
        Assert.All(changes, change => Assert.Equal(file, ((ConfigurationChange)change.BaseObject).Path));
        Assert.True(File.Exists(file));
        Assert.False(Directory.Exists(Session.ConfigurationDirectory));
        Assert.Equal("DirectoryNotFound", ErrorId(Session.Run("Initialize-IHConfiguration -Auto -ModelPath /no/such/directory").Error));
    }

    [Fact]
    public void A_broken_configuration_is_told_and_left_as_it_is()
    {
        _path.AddLlamaServer();
        Session.WriteConfiguration("{");

        Assert.Equal("ConfigurationInvalid", ErrorId(Session.Run("Initialize-IHConfiguration -Auto").Error));
        Assert.Equal("{", Session.ReadConfiguration());
    }

    private void Furnish()
    {
        _path.AddLlamaServer("CUDA0: NVIDIA GeForce RTX 3090 (24130 MiB, 23871 MiB free)\n  CUDA1: NVIDIA GeForce RTX 3090 (24130 MiB, 23871 MiB free)");
        _path.AddNvidia(("NVIDIA GeForce RTX 3090", 24576), ("NVIDIA GeForce RTX 3090", 24576));
        Save("models/Qwen3-4B-Q4_K_M.gguf");
        Save(".lmstudio/models/unsloth/gemma/gemma-3-12b-Q4_K_M.gguf", GgufFileWriter.Model(blocks: 3));
        string blob = Save("blob.bin", GgufFileWriter.Model(blocks: 4));
        string snapshot = Directory.CreateDirectory(Path.Combine(_home, ".cache/huggingface/hub/models--q--Qwen3-GGUF/snapshots/0123")).FullName;
        File.CreateSymbolicLink(Path.Combine(snapshot, "Qwen3-32B-Q4_K_M.gguf"), blob);
        Save(".cache/huggingface/hub/models--q--Qwen3-GGUF/snapshots/0123/Qwen3-8B-Q4_K_M.gguf", GgufFileWriter.Model(blocks: 5));
    }

    private string Save(string path, GgufFileWriter? model = null)
    {
        string file = Path.Combine(_home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        (model ?? GgufFileWriter.Model()).Save(file);
        return file;
    }

    private void SaveOllama(string store, string name, uint contextLength = 32_768)
    {
        string digest = contextLength.ToString("x64", CultureInfo.InvariantCulture);
        Save($"{store}/blobs/sha256-{digest}", GgufFileWriter.Model(contextLength: contextLength));
        string manifest = Path.Combine(_home, store, "manifests", name);
        Directory.CreateDirectory(Path.GetDirectoryName(manifest)!);
        File.WriteAllText(manifest, $$"""{"schemaVersion":2,"config":{"digest":"sha256:00"},"layers":[{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:11"},{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:{{digest}}","size":1}]}""");
    }

    private string Shown() => Places().Replace(
        string.Join('\n', Session.HostLines)
            .Replace(_home, "~", StringComparison.Ordinal)
            .Replace(Session.Root, "ROOT", StringComparison.Ordinal)
            .Replace($"on {Environment.MachineName}:", "on MACHINE:", StringComparison.Ordinal),
        "port N");

    private void AssertTranscript(string name, Result result)
    {
        Assert.Empty(result.Errors);
        string shown = Shown().TrimEnd() + "\n";
        string path = Path.Combine(ModuleSession.Metadata("Transcripts"), name + ".txt");
        if (Environment.GetEnvironmentVariable("IDLEHANDS_TEST_ACCEPT") is "1")
        {
            File.WriteAllText(path, shown);
        }

        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), shown);
    }

    // Which ports are free is this machine's.
    [GeneratedRegex("port [0-9]+")]
    private static partial Regex Places();
}

using System.Management.Automation;
using IdleHands.Engines;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>
/// Entries that an engine fills in, started with a program of the engine's name on the PATH: the sample server in its
/// guise, which refuses what the engine does not know.
/// </summary>
public sealed class EngineTests : SelectTestBase
{
    private readonly string _directory;
    private readonly string _path = Environment.GetEnvironmentVariable("PATH") ?? string.Empty;

    public EngineTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs are shell scripts");
        _directory = Directory.CreateDirectory(Path.Combine(Session.Root, "engines")).FullName;
        foreach ((string program, string guise) in (ReadOnlySpan<(string, string)>)
            [("llama-server", "llama-server"), ("vllm", "vllm"), ("python3", "sglang"), ("ollama", "ollama --pulled qwen3:8b"), ("koboldcpp", "koboldcpp"), ("mlx_lm.server", "mlx-lm"), ("docker", "docker")])
        {
            string file = Path.Combine(_directory, program);
            File.WriteAllText(file, $"#!/bin/sh\nexec '{SampleServerProcess.ExecutablePath}' --lifetime 120 --load-time 0.2 --guise {guise} \"$@\"\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Environment.SetEnvironmentVariable("PATH", _directory + Path.PathSeparator + _path);
    }

    public static TheoryData<string, string> Engines() => new()
    {
        { "llama-server", "MODEL" },
        { "llama-server-router", "MODEL" },
        { "vllm", "Qwen/Qwen3-8B" },
        { "sglang", "Qwen/Qwen3-8B" },
        { "ollama", "qwen3:8b" },
        { "koboldcpp", "MODEL" },
        { "mlx-lm", "mlx-community/Qwen3-4B-4bit" },
        { "docker", "MODEL" },
    };

    protected override void CleanUp()
    {
        base.CleanUp();
        Environment.SetEnvironmentVariable("PATH", _path);
    }

    [Fact]
    public void Every_engine_is_tried() => Assert.Equal(EngineCatalog.Names, Engines().Select(row => row.Data.Item1));

    [Theory]
    [MemberData(nameof(Engines))]
    public void An_entry_that_is_filled_in_starts_answers_and_stops(string engine, string source)
    {
        string file = Save("Tiny Model-Q4_K_M.gguf");
        RuntimeModel model = Add($"tried -Source '{source.Replace("MODEL", file, StringComparison.Ordinal)}' -Engine {engine.ToUpperInvariant()} -ContextWindow 8192");

        SelectResult result = Select("tried");
        ActiveRuntime active = Look();

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Equal(("tried", RuntimeStatus.Ready, $"http://127.0.0.1:{model.Port}/v1"), (active.Id, active.Status, active.Endpoint));
        Assert.Equal("ready", (string)Assert.Single(Session.Get("Test-IHHealth tried | Where-Object Section -eq Model")).Properties["Status"].Value);
        Assert.Equal(SelectStatus.Reused, Select("tried").Status);
        Session.Get("Stop-IHRuntime");
        Assert.Equal("down", (string)Assert.Single(Session.Get("Test-IHHealth tried | Where-Object Section -eq Model")).Properties["Status"].Value);
    }

    [Fact]
    public void A_file_alone_makes_an_entry_that_works()
    {
        string file = Save("Tiny Model-Q4_K_M.gguf");
        Session.Get("Add-IHModel other -Source s -StartCommand c -Port 8080");
        Session.Runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(Path.GetDirectoryName(file)!));

        RuntimeModel model = Add("-Source './Tiny Model-Q4_K_M.gguf'");

        Assert.Equal(("tiny-model-q4-k-m", file, 32_768), (model.Id, model.Source, model.ContextWindow));
        Assert.StartsWith("{backend_env}llama-server -m {source} ", model.StartCommand, StringComparison.Ordinal);
        Assert.InRange(model.Port!.Value, 8081, 65_535);
        Assert.Equal(SelectStatus.Started, Select("tiny-model-q4-k-m").Status);
    }

    [Fact]
    public void Files_of_a_directory_come_down_the_pipeline_each_model_once()
    {
        Save("models/one.gguf");
        Save("models/two.gguf", 4096);
        Save("models/mmproj-one.gguf");
        GgufFileWriter.Model().SaveShards(Path.Combine(Session.Root, "models"), "big", 2);
        object[] files = [.. Directory.GetFiles(Path.Combine(Session.Root, "models")).Order(StringComparer.Ordinal).Select(path => new FileInfo(path))];

        Result added = Session.Run("$input | Add-IHModel -PassThru -Verbose", files);
        IReadOnlyList<PSObject> again = Session.Run($"Get-IHModelFile '{Session.Root}/models/t*' | Add-IHModel -PassThru -Id two-again").Output;

        Assert.Empty(added.Errors);
        RuntimeModel[] models = [.. added.Output.Select(item => (RuntimeModel)item.BaseObject)];
        Assert.Equal(["big", "one", "two"], models.Select(model => model.Id));
        Assert.Equal(3, models.Select(model => model.Port).Distinct().Count());
        Assert.Equal([32_768, 32_768, 4096], models.Select(model => model.ContextWindow!.Value));
        Assert.Contains("--mmproj", models[1].StartCommand, StringComparison.Ordinal);
        Assert.Equal(2, added.Verbose.Count(line => line.Contains("mmproj-one", StringComparison.Ordinal) || line.Contains("is a part of", StringComparison.Ordinal)));
        Assert.Equal(4096, ((RuntimeModel)Assert.Single(again).BaseObject).ContextWindow);
        Assert.Equal("big-again", ((RuntimeModel)Assert.Single(Session.Get("$input | Add-IHModel -Id big-again -PassThru", files[1])).BaseObject).Id);
        Assert.Equal(["EngineSourceInvalid"], Session.Run($"Add-IHModel -Source '{Session.Root}/models/mmproj-one.gguf'").Errors.Select(ErrorId));
        Assert.Equal(["ModelExists"], Session.Run("$input | Add-IHModel", files[3]).Errors.Select(ErrorId));
    }

    [Fact]
    public void What_is_given_stays_and_an_engine_comes_before_an_object()
    {
        string file = Save("a.gguf");
        RuntimeModel given = Add($"a -Source '{file}' -StartCommand 'mine {{source}}' -Port 9000 -ContextWindow 100");
        RuntimeModel probed = Add($"b -Source '{file}' -Engine docker -StatusCommand 'true' -Port 9001");
        var other = (RuntimeModel)Assert.Single(Session.Get($"Get-IHModelFile '{file}' | Add-IHModel -Id d -Source '{Save("other.gguf", 512)}' -PassThru")).BaseObject;
        Assert.Equal((Path.Combine(Session.Root, "other.gguf"), 512), (other.Source, other.ContextWindow));
        var copied = (RuntimeModel)Assert.Single(Session.Get("Get-IHModel a | Add-IHModel -Id c -Engine koboldcpp -PassThru")).BaseObject;

        Assert.Equal(("mine {source}", 9000, 100), (given.StartCommand, given.Port, given.ContextWindow));
        Assert.Equal("true", probed.StatusCommand);
        Assert.StartsWith("docker run", probed.StartCommand, StringComparison.Ordinal);
        Assert.StartsWith("{backend_env}koboldcpp --model {source}", copied.StartCommand, StringComparison.Ordinal);
        Assert.Equal((9000, 100, "koboldcpp/a"), (copied.Port, copied.ContextWindow, copied.ServedName));
    }

    [Fact]
    public void A_model_file_that_comes_back_from_a_job_is_taken_by_its_path()
    {
        string file = Save("job.gguf", 1024);
        var copy = new PSObject();
        copy.TypeNames.Insert(0, "Deserialized.IdleHands.GgufFile");
        copy.Properties.Add(new PSNoteProperty("Path", file));
        copy.Properties.Add(new PSNoteProperty("HostId", "here"));

        var model = (RuntimeModel)Assert.Single(Session.Get("$input | Add-IHModel -PassThru", copy)).BaseObject;

        Assert.Equal(("job", file, 1024, "here"), (model.Id, model.Source, model.ContextWindow, model.HostPolicy.ToString()));
    }

    /// <summary>A name that is a directory here is still a tag, and a file that is here is not looked for elsewhere.</summary>
    [Fact]
    public void What_is_here_is_told_apart_from_what_is_not()
    {
        Session.Get("Remove-IHHost here -Confirm:$false; Add-IHHost gone -Transport exec -ExecPrefix no-such-program; Add-IHHost here");
        Directory.CreateDirectory(Path.Combine(Session.Root, "llama3"));
        Session.Runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(Session.Root));

        RuntimeModel tag = Add("tag -Source llama3 -Engine ollama");
        Result file = Session.Run($"Add-IHModel -Source '{Save("local.gguf")}' -PassThru");

        Assert.Equal(("llama3:latest", "llama3:latest"), (tag.Source, tag.ServedName));
        Assert.Equal(32_768, ((RuntimeModel)Assert.Single(file.Output).BaseObject).ContextWindow);
        Assert.Empty(file.Warnings);
    }

    [Fact]
    public void A_file_on_a_host_is_read_there()
    {
        Save("a b.gguf", 2048);
        string prefix = string.Join(", ", ExecPrefix.Bare(Session.Root).Select(word => $"'{word}'"));
        Session.Get($"Add-IHHost pod -Transport exec -ExecPrefix {prefix}; Add-IHHost gone -Transport exec -ExecPrefix no-such-program");

        RuntimeModel model = Add("-Source 'a b.gguf' -HostPolicy pod");
        Session.Get("Set-IHHost here -Shell cmd");
        Save("p q/mmproj-x.gguf");
        Save("p q/x.gguf");
        var piped = (RuntimeModel)Assert.Single(Session.Get("Get-IHModelFile 'p q/x.gguf' -HostId pod | Add-IHModel -PassThru")).BaseObject;
        Assert.Equal(("any" == piped.HostPolicy.ToString(), "pod"), (false, piped.HostPolicy.ToString()));
        Assert.Contains($"--mmproj '{Session.Root}/p q/mmproj-x.gguf'", piped.StartCommand, StringComparison.Ordinal);
        Result unreached = Session.Run("Add-IHModel elsewhere -Source /m/x.gguf -HostPolicy gone -PassThru");

        Assert.Equal(("a-b", "a b.gguf", 2048), (model.Id, model.Source, model.ContextWindow));
        Assert.Null(((RuntimeModel)Assert.Single(unreached.Output).BaseObject).ContextWindow);
        Assert.Contains("could not be read", Assert.Single(unreached.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_filled_in_is_told()
    {
        string broken = Path.Combine(Session.Root, "broken.gguf");
        File.WriteAllText(broken, "<html>");

        Assert.Equal(["MissingValue"], Session.Run("Add-IHModel x -Source hf:owner/name").Errors.Select(ErrorId));
        Assert.Equal(["NotGguf"], Session.Run($"Add-IHModel -Source '{broken}'").Errors.Select(ErrorId));
        Assert.Contains("-Engine takes llama-server,", Session.Run("Add-IHModel x -Source s -Engine lamma").Errors.Single().Exception.Message, StringComparison.Ordinal);
        Assert.Empty(Session.Get("Get-IHModel"));
        Assert.Equal(["llama-server", "llama-server-router"], Session.Complete("Add-IHModel -Engine lla"));
    }

    private RuntimeModel Add(string arguments)
    {
        Result result = Session.Run($"Add-IHModel {arguments} -PassThru");
        Assert.Empty(result.Errors);
        return (RuntimeModel)Assert.Single(result.Output).BaseObject;
    }

    private string Save(string name, uint context = 131_072)
    {
        string path = Path.Combine(Session.Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        GgufFileWriter.Model(contextLength: context).Save(path);
        return path;
    }
}

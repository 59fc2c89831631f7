using System.Globalization;
using System.Text.RegularExpressions;
using IdleHands.Engines;
using IdleHands.Planning;

namespace IdleHands.Core.Tests.Engines;

/// <summary>The list of engines as data: what each template may hold.</summary>
public sealed partial class EngineCatalogTests
{
    private static readonly string[] Shells = ["bash", "sh", "pwsh", "cmd"];

    public static TheoryData<string> Names() => [.. EngineCatalog.Names];

    [Fact]
    public void Has_the_engines_that_are_promised() => Assert.Equal(
        ["llama-server", "llama-server-router", "vllm", "sglang", "ollama", "koboldcpp", "mlx-lm", "docker"],
        EngineCatalog.Names);

    /// <summary>Whatever looks like an option, or sets a variable of the engine, stands in its documentation.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Uses_documented_options_only(string name)
    {
        Engine engine = EngineCatalog.Get(name);
        foreach (string shell in Shells)
        {
            RuntimeModel model = Fill(engine, shell);
            string[] used = [.. Option().Matches(model.StartCommand.Replace("python3 -m", "python3", StringComparison.Ordinal)).Select(match => match.Groups["name"].Value)];

            Assert.NotEmpty(used);
            Assert.Empty(used.Except(engine.Options));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Says_where_and_when_its_options_were_looked_up(string name)
    {
        Engine engine = EngineCatalog.Get(name);

        Assert.StartsWith("https://", engine.Documentation, StringComparison.Ordinal);
        Assert.True(DateOnly.TryParseExact(engine.Checked, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), engine.Checked);
        Assert.NotEmpty(engine.Version);
        Assert.NotEmpty(engine.StopNote);
        Assert.Contains(engine.Source, new[] { Engine.Gguf, Engine.Repository, Engine.Tag });
    }

    /// <summary>With values that need quotes as well as with plain ones, with a context window and without.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Renders_in_every_shell(string name)
    {
        Engine engine = EngineCatalog.Get(name);
        foreach (string shell in Shells)
        {
            foreach (int? context in (int?[])[null, 8192])
            {
                RuntimeModel model = Fill(engine, shell, context) with { ChatTemplate = "chatml" };
                var selection = new PlanSelection
                {
                    Request = new PlanRequest("m"),
                    Model = model,
                    Host = new RuntimeHost { Id = "h", DisplayName = "h", Shell = shell },
                    Backend = new RuntimeBackend { Id = "cuda", DisplayName = "cuda", Type = "cuda", Environment = new EnvironmentMap([new("A", "b c")]), Argument = new NameList("-ngl", "99") },
                };
                var commands = new PlanCommands(selection, isWindows: false);

                Assert.DoesNotContain('<', commands.Start.Where(letter => letter == '<'));
                Assert.Contains("8099", commands.Start, StringComparison.Ordinal);
                Assert.Equal(context is not null && name is not "mlx-lm", commands.Start.Contains("8192", StringComparison.Ordinal));
                _ = commands.Probe;
                _ = commands.Status;
            }
        }
    }

    [Theory]
    [InlineData("llama-server", "/m/my model.gguf", "{backend_env}llama-server -m {source} --host 127.0.0.1 --port {port} --alias {model_id} {chat_template_args} {backend_args}")]
    [InlineData("llama-server", "hf:ggml-org/gemma-3-4b-it-GGUF:Q4_K_M", "{backend_env}llama-server -hf ggml-org/gemma-3-4b-it-GGUF:Q4_K_M --host 127.0.0.1 --port {port} --alias {model_id} {chat_template_args} {backend_args}")]
    [InlineData("llama-server", "https://example.com/a.gguf", "{backend_env}llama-server -mu {source} --host 127.0.0.1 --port {port} --alias {model_id} {chat_template_args} {backend_args}")]
    [InlineData("llama-server-router", "/m/my models/a.gguf", "{backend_env}llama-server --models-dir '/m/my models' --host 127.0.0.1 --port {port} {backend_args}")]
    [InlineData("vllm", "Qwen/Qwen3-8B", "{backend_env}vllm serve Qwen/Qwen3-8B --served-model-name {model_id} --host 127.0.0.1 --port {port} {backend_args}")]
    [InlineData("vllm", "/models/Qwen3-8B", "{backend_env}vllm serve {source} --served-model-name {model_id} --host 127.0.0.1 --port {port} {backend_args}")]
    [InlineData("ollama", "qwen3:8b", "{backend_env}env OLLAMA_HOST=127.0.0.1:{port} ollama serve")]
    [InlineData("docker", "/m/my models/a.gguf", "docker run --rm --name ih-{model_id} -p 127.0.0.1:{port}:8080 -v '/m/my models:/models:ro' ghcr.io/ggml-org/llama.cpp:server -m /models/a.gguf --host 0.0.0.0 --port 8080 --alias {model_id} {backend_args}")]
    public void Fills_in_a_start_command(string name, string source, string command) =>
        Assert.Equal(command, new EngineFill(EngineCatalog.Get(name), "bash").Fill(Model(source), null).StartCommand);

    [Theory]
    [InlineData("vllm", "Qwen/Qwen3-8B", "hf:Qwen/Qwen3-8B", null)]
    [InlineData("vllm", "/models/Qwen3-8B", "/models/Qwen3-8B", null)]
    [InlineData("ollama", "qwen3:8b", "qwen3:8b", "qwen3:8b")]
    [InlineData("ollama", "llama3", "llama3:latest", "llama3:latest")]
    [InlineData("ollama", "hf.co/me/x-GGUF:Q4_K_M", "ollama:hf.co/me/x-GGUF:Q4_K_M", "hf.co/me/x-GGUF:Q4_K_M")]
    [InlineData("koboldcpp", "/m/a-00001-of-00002.gguf", "/m/a-00001-of-00002.gguf", "koboldcpp/a-00001-of-00002")]
    [InlineData("koboldcpp", "/m/My Model_v1.5 (Q4).gguf", "/m/My Model_v1.5 (Q4).gguf", "koboldcpp/MyModel_v1.5Q4")]
    [InlineData("llama-server-router", "/m/a b.gguf", "/m/a b.gguf", "a b")]
    [InlineData("llama-server-router", "/m/a-00001-of-00002.gguf", "/m/a-00001-of-00002.gguf", "a-00001-of-00002")]
    [InlineData("llama-server", "/m/a.gguf", "/m/a.gguf", null)]
    public void Writes_a_source_that_is_no_file_as_none(string name, string source, string written, string? servedName)
    {
        RuntimeModel model = new EngineFill(EngineCatalog.Get(name), "bash").Fill(Model(source), null);

        Assert.Equal((written, servedName), (model.Source, model.ServedName));
        Assert.Equal(source.StartsWith('/'), ModelSource.IsPath(model.Source));
    }

    /// <summary>A relative path starts at the home directory, where commands run; without the dot it would name a volume of docker's.</summary>
    [Theory]
    [InlineData("models/a.gguf", "-v ./models:/models:ro")]
    [InlineData("a.gguf", "-v .:/models:ro")]
    [InlineData("./models/a.gguf", "-v ./models:/models:ro")]
    [InlineData("/a.gguf", "-v /:/models:ro")]
    [InlineData("C:\\models\\a.gguf", "-v 'C:\\models:/models:ro'")]
    public void A_container_sees_the_directory_of_the_file(string source, string option) =>
        Assert.Contains($" {option} ", new EngineFill(EngineCatalog.Get("docker"), "bash").Fill(Model(source), null).StartCommand, StringComparison.Ordinal);

    [Fact]
    public void Takes_context_and_projector_from_the_file_and_leaves_alone_what_is_said()
    {
        var file = new GgufFile
        {
            Path = "/m/a.gguf",
            FileName = "a.gguf",
            ContextLength = 262_144,
            Sidecars = new NameList("/m/mmproj a.gguf", "/m/mtp-a.gguf"),
            Memory = new MemoryEstimate { Parts = [], Confidence = MemoryConfidence.Low },
        };
        var fill = new EngineFill(EngineCatalog.Get("llama-server"), "bash");

        RuntimeModel filled = fill.Fill(Model("/m/a.gguf"), file with { Sidecars = new NameList("/m/mmproj-a b.gguf", "/m/mtp-a.gguf") });
        RuntimeModel two = fill.Fill(Model("/m/a.gguf"), file with { ContextLength = 4096, Sidecars = new NameList("/m/mmproj-a.gguf", "/m/mmproj-b.gguf") });
        RuntimeModel said = fill.Fill(Model("/m/a.gguf") with { StartCommand = "mine", ProbeCommand = "probe", ContextWindow = 100_000 }, file);

        Assert.Equal(32_768, filled.ContextWindow);
        Assert.Contains("-c {context_window} --mmproj '/m/mmproj-a b.gguf' {chat", filled.StartCommand, StringComparison.Ordinal);
        Assert.Equal(4096, two.ContextWindow);
        Assert.DoesNotContain("mmproj", two.StartCommand, StringComparison.Ordinal);
        Assert.Equal(("mine", "probe", 100_000), (said.StartCommand, said.ProbeCommand, said.ContextWindow));
    }

    [Theory]
    [InlineData("docker", "hf:Qwen/Qwen3-8B")]
    [InlineData("docker", "/m/{port}/a.gguf")]
    [InlineData("koboldcpp", "https://example.com/a.gguf")]
    [InlineData("llama-server-router", "/m {foo}/a.gguf")]
    [InlineData("ollama", "/m/a.gguf")]
    [InlineData("koboldcpp", "owner/name")]
    [InlineData("llama-server", "Qwen/Qwen3-8B")]
    public void Refuses_a_source_that_the_engine_cannot_serve(string name, string source)
    {
        IdleHandsException error = Assert.Throws<IdleHandsException>(() => new EngineFill(EngineCatalog.Get(name), "bash").Fill(Model(source), null));

        Assert.Equal("EngineSourceInvalid", error.ErrorId);
        Assert.Contains($"'{source}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/m/Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf", "qwen3-coder-30b-a3b-instruct-q4-k-m")]
    [InlineData("C:\\m\\A Model (v2).GGUF", "a-model-v2")]
    [InlineData("/m/big-00001-of-00003.gguf", "big")]
    [InlineData("Qwen/Qwen3-8B", "qwen3-8b")]
    [InlineData("/m/日本.gguf", "")]
    public void An_id_comes_from_the_name(string source, string id) => Assert.Equal(id, EngineFill.IdOf(source));

    [Fact]
    public void A_long_name_is_cut() => Assert.Equal(new string('a', 64), EngineFill.IdOf("/m/" + new string('a', 64) + "-b.gguf"));

    private static RuntimeModel Fill(Engine engine, string shell, int? context = 8192) => new EngineFill(engine, shell).Fill(
        Model(engine.Source switch { Engine.Tag => "qwen3:8b", Engine.Repository => "Qwen/Qwen3-8B", _ => shell == "cmd" ? "C:\\my models\\a.gguf" : "/my models/a.gguf" }) with { ContextWindow = context },
        null);

    private static RuntimeModel Model(string source) => new() { Id = "m", DisplayName = "m", Source = source, StartCommand = string.Empty, Port = 8099 };

    // An option, or a variable of the environment that is set.
    [GeneratedRegex(@"(?<= )(?<name>--?[A-Za-z][A-Za-z-]*)|(?<name>[A-Z]+_[A-Z_]+)(?= ?=)")]
    private static partial Regex Option();
}

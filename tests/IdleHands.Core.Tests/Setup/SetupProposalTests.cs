using IdleHands.Configuration;
using IdleHands.Gguf;
using IdleHands.Setup;

namespace IdleHands.Core.Tests.Setup;

/// <summary>What is proposed of findings, and what stands in the way.</summary>
public sealed class SetupProposalTests
{
    private static readonly HostSurvey Survey = new() { Programs = new NameList("llama-server") };

    [Theory]
    [InlineData("linux", "/home/me/.cache/llama.cpp", "/home/me/.cache/huggingface/hub", true)]
    [InlineData("macos", "/home/me/Library/Caches/llama.cpp", "/home/me/.cache/huggingface/hub", false)]
    [InlineData("windows", "/home/me/AppData/Local/llama.cpp", "/home/me/.cache/huggingface/hub", false)]
    public void The_usual_places_are_those_of_the_platform(string platform, string llama, string huggingFace, bool hasService)
    {
        string[] places = [.. ModelPlace.Usual(_ => null, "/home/me", platform).Select(place => place.Path.Replace('\\', '/'))];

        Assert.Contains(llama, places);
        Assert.Contains(huggingFace, places);
        Assert.Contains("/home/me/.ollama/models", places);
        Assert.Contains("/home/me/.lmstudio/models", places);
        Assert.Equal(hasService, places.Contains("/usr/share/ollama/.ollama/models"));
    }

    [Fact]
    public void Variables_of_the_tools_say_where_their_models_are()
    {
        var variables = new Dictionary<string, string> { ["LLAMA_CACHE"] = "/l", ["HF_HOME"] = "/h", ["OLLAMA_MODELS"] = "/o", ["XDG_CACHE_HOME"] = "/c" };

        string[] places = [.. ModelPlace.Usual(variables.GetValueOrDefault, "/home/me", "linux").Select(place => place.Path)];

        Assert.Contains("/l", places);
        Assert.Contains(Path.Combine("/h", "hub"), places);
        Assert.Contains("/o", places);
    }

    [Fact]
    public void Each_model_gets_a_port_and_an_id_of_its_own_and_the_lightest_is_the_fallback()
    {
        var configuration = RuntimeConfiguration.Empty;

        SetupProposal proposal = Propose(configuration, [Model("/a/big.gguf", 9), Model("/a/small.gguf", 1), Model("/b/big.gguf", 8)], 8081);
        RuntimeConfiguration added = proposal.Additions(proposal.NewModels);

        Assert.Equal(["big", "small", "big-2"], added.Models.Select(model => model.Id));
        Assert.Equal([8080, 8082, 8083], added.Models.Select(model => model.Port!.Value));
        Assert.Equal(["small", null, "small"], added.Models.Select(model => model.Fallback));
        Assert.Empty(ConfigurationValidator.Validate(added));
    }

    [Fact]
    public void What_is_there_is_neither_proposed_again_nor_changed()
    {
        SetupProposal first = Propose(RuntimeConfiguration.Empty, [Model("/a/one.gguf", 1)]);
        RuntimeConfiguration configuration = first.Additions(first.NewModels);

        SetupProposal again = Propose(configuration, [Model("/a/one.gguf", 1)], host: configuration.Hosts[0]);
        SetupProposal more = Propose(configuration, [Model("/a/one.gguf", 1), Model("/a/two.gguf", 1)], host: configuration.Hosts[0]);

        Assert.True(again.IsEmpty);
        Assert.Equal(1, again.KnownModels);
        Assert.Equal("two", Assert.Single(more.NewModels).Entry.Id);
        Assert.Null(Assert.Single(more.Additions(more.NewModels).Models).Fallback);
    }

    [Fact]
    public void A_backend_that_the_user_has_put_out_of_use_stays_so()
    {
        RuntimeConfiguration configuration = RuntimeConfiguration.Empty with { Backends = [new RuntimeBackend { Id = "mine", DisplayName = "Mine", Type = "cpu", Enabled = false }] };

        SetupProposal proposal = Propose(configuration, [Model("/a/one.gguf", 1)]);

        Assert.Empty(proposal.NewBackends);
        Assert.True(proposal.NewModels[0].Entry.BackendPolicy.IsAny);
    }

    [Fact]
    public void A_server_is_kept_by_its_own_command()
    {
        var server = new RunningServer(8085, "llama.cpp", new NameList("my model"), new NameList("./llama-server", "-m", "w/it's.gguf", "--port", "8085", "--alias", "my model", "-c", "8085"), "/home/me") { ModelPath = "/home/me/w/it's.gguf" };

        RuntimeModel model = server.ToModel(Draft.BlankHost with { Shell = "bash" }, id => id == "my-model")!;

        Assert.Equal(("my-model-2", 8085, "/home/me/w/it's.gguf"), (model.Id, model.Port, model.Source));
        Assert.Equal("cd /home/me && ./llama-server -m {source} --port {port} --alias 'my model' -c 8085", model.StartCommand);
        Assert.Equal("my model", model.ServedName);
        Assert.Empty(ConfigurationValidator.Validate(RuntimeConfiguration.Empty with { Hosts = [Draft.BlankHost], Models = [model] }));
    }

    [Theory]
    [InlineData("hf:Qwen/Qwen3-8B", null, "python3", "-m", "sglang.launch_server", "--model-path", "Qwen/Qwen3-8B")]
    [InlineData("/m/x.gguf", "python3 -m fakesrv --model={source}", "python3", "-m", "fakesrv", "--model=/m/x.gguf")]
    [InlineData("hf:Qwen/Qwen3-4B", null, "vllm", "serve", "Qwen/Qwen3-4B")]
    [InlineData("/m/x.gguf", "llama-server -m {source} -a /m/x.gguf", "llama-server", "-m", "/m/x.gguf", "-a", "/m/x.gguf")]
    public void What_a_command_serves_is_a_file_only_where_it_is_one(string source, string? command, params string[] words)
    {
        var server = new RunningServer(8085, "x", new NameList("Qwen/Qwen3-4B"), new NameList(words), "/d") { ModelPath = source.StartsWith('/') ? source : null };

        RuntimeModel model = server.ToModel(Draft.BlankHost with { Shell = "bash" }, _ => false)!;

        Assert.Equal(source, model.Source);
        Assert.Equal("cd /d && " + (command ?? string.Join(' ', words)), model.StartCommand);
    }

    [Theory]
    [InlineData("a key in clear (--admin-api-key)", "sglang", "--admin-api-key", "topsecret")]
    [InlineData("a key in clear (--api-key)", "llama-server", "--api-key", "sk-1")]
    [InlineData("a key in clear (--api-key)", "llama-server", "--api-key=sk-1")]
    [InlineData("characters that no template can hold", "llama-server", "-m", "{source}")]
    [InlineData("characters that no template can hold", "llama-server", "a\nb")]
    [InlineData("does not tell its command")]
    public void A_command_that_can_not_be_kept_is_left_alone(string why, params string[] words)
    {
        var server = new RunningServer(8085, "llama.cpp", new NameList("x"), new NameList(words), null);

        Assert.Contains(why, server.Obstacle, StringComparison.Ordinal);
        Assert.Null(server.ToModel(Draft.BlankHost, _ => false));
    }

    [Theory]
    [InlineData("qwen3:8b", "registry.ollama.ai", "library", "qwen3", "8b")]
    [InlineData("me/qwen3:latest", "registry.ollama.ai", "me", "qwen3", "latest")]
    [InlineData("hf.co/owner/Some-GGUF:Q4_K_M", "hf.co", "owner", "Some-GGUF", "Q4_K_M")]
    public void A_tag_of_Ollama_is_the_path_of_its_manifest(string tag, params string[] parts) => Assert.Equal(tag, ModelSearch.TagOf(parts));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"layers\": 1}")]
    [InlineData("{\"layers\": [1, {\"mediaType\": \"application/vnd.ollama.image.model\"}]}")]
    [InlineData("{\"layers\": [{\"mediaType\": \"application/vnd.ollama.image.model\", \"digest\": \"sha256:../../etc/passwd\"}]}")]
    public void A_manifest_that_names_no_weights_has_no_digest(string manifest) => Assert.Null(ModelSearch.DigestOf(System.Text.Encoding.UTF8.GetBytes(manifest)));

    [Fact]
    public void An_id_with_a_number_stays_within_64_characters()
    {
        string longest = new('a', 64);

        Assert.Equal(new string('a', 62) + "-2", Draft.FreeId(longest, id => id == longest));
    }

    [Theory]
    [InlineData("/m/x.gguf", "koboldcpp", "koboldcpp")]
    [InlineData("https://host/x.gguf", "llama-server", "llama-server")]
    [InlineData("hf:owner/x-GGUF", "vllm llama-server", "llama-server")]
    [InlineData("hf:owner/x", "vllm llama-server", "vllm")]
    [InlineData("ollama:x", "ollama", "ollama")]
    public void The_engine_is_the_first_of_those_there_that_can(string source, string programs, string engine) =>
        Assert.Equal(engine, EngineChoice.For(source, false, new HostSurvey { Programs = NameList.From(programs.Split(' ')) }, "here").Name);

    [Theory]
    [InlineData("linux", "brew install llama.cpp")]
    [InlineData("macos", "brew install llama.cpp")]
    [InlineData("windows", "winget install llama.cpp")]
    public void Without_one_it_says_how_to_get_one(string platform, string how)
    {
        var error = Assert.Throws<IdleHandsException>(() => EngineChoice.For("/m/x.gguf", false, new HostSurvey { Platform = platform }, "here"));

        Assert.Equal("EngineNotFound", error.ErrorId);
        Assert.Contains(how, error.Recommendation, StringComparison.Ordinal);
    }

    private static SetupProposal Propose(RuntimeConfiguration configuration, IReadOnlyList<FoundModel> models, int held = 1, RuntimeHost? host = null) => SetupProposal.Make(
        new SetupFindings { Host = host, MachineName = "box", Survey = Survey, Models = new FoundModels(models, NameList.Empty, NameList.Empty), HeldPorts = [held] },
        configuration);

    private static FoundModel Model(string path, long bytes)
    {
        var described = new GgufFile { Path = path, FileName = ShardSet.FileNameOf(path), Memory = new MemoryEstimate { Parts = new ItemList<MemoryPart>([]), Confidence = "low" }, SizeBytes = bytes, ContextLength = 4096 };
        return new FoundModel("place", described.FileName, path, described);
    }
}

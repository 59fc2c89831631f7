using System.Text;
using IdleHands.Health;

namespace IdleHands.Core.Tests.Health;

public sealed class ProbeClassifierTests
{
    private const string LlamaList = """{"models":[],"object":"list","data":[{"id":"qwen","aliases":["chat"],"owned_by":"llamacpp"}]}""";
    private const string PlainList = """{"object":"list","data":[{"id":"m"}]}""";
    private const string NoKey = """401 {"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}""";
    private const string Loading = "503 " + Answers.LlamaLoading;
    private const string Ok = """200 {"status":"ok"}""";
    private const string Html = "200 <!doctype html><html></html>";

    [Theory]
    [InlineData("refused", "not asked", "connection refused")]
    [InlineData("200", "refused", "connection refused")]
    [InlineData("not accepted", "not asked", "the connection was not accepted in time")]
    [InlineData("no answer", "no answer", "no answer in 5 s")]
    [InlineData("no answer", "not asked", "no answer in 5 s")]
    public void Is_down_when_refused_or_silent(string health, string models, string detail)
    {
        ServerAnswer answer = Classify(health, models);

        Assert.Equal((ProbeStatus.Down, detail), (answer.Status, answer.Detail));
        Assert.Equal(health == "no answer", answer.Listening);
    }

    [Theory]
    [InlineData(Loading, "not asked", "Loading model")]
    [InlineData(Loading, "200 " + LlamaList, "Loading model")]
    [InlineData(Loading, NoKey, "Loading model")]
    [InlineData("404 nope", Loading, "Loading model")]
    [InlineData("no answer", Loading, "Loading model")]
    [InlineData("503 ", "200 " + PlainList, null)]
    [InlineData("""503 {"error":"unhealthy","error_type":"healthcheck"}""", "not asked", "unhealthy")]
    [InlineData("""200 {"status":"loading model"}""", "200 " + LlamaList, "loading model")]
    public void Is_loading_wherever_503_or_a_word_says_so(string health, string models, string? detail)
    {
        ServerAnswer answer = Classify(health, models);

        Assert.Equal((ProbeStatus.Loading, detail), (answer.Status, answer.Detail));
        Assert.False(answer.ModelIdsKnown);
    }

    [Theory]
    [InlineData("llama.cpp", Ok, LlamaList, "llama.cpp", "qwen, chat", null)]
    [InlineData("vLLM", "200", """{"object":"list","data":[{"id":"Qwen/Qwen3-8B","owned_by":"vllm"}]}""", "vllm", "Qwen/Qwen3-8B", null)]
    [InlineData("SGLang", "200", """{"object":"list","data":[{"id":"q","owned_by":"sglang"}]}""", "sglang", "q", null)]
    [InlineData("Ollama", "404 404 page not found", """{"object":"list","data":[{"id":"q:8b","owned_by":"library"}]}""", "ollama", "q:8b", "ollama lists what it can load, not what is loaded")]
    [InlineData("Ollama, empty", "404 404 page not found", """{"object":"list","data":null}""", null, "", "lists no models")]
    [InlineData("LM Studio", """200 {"error":"Unexpected endpoint or method. (GET /health)"}""", """{"data":[{"id":"q","owned_by":"organization_owner"}],"object":"list"}""", "lm-studio", "q", "lm-studio lists what it can load, not what is loaded")]
    [InlineData("llama-swap", "200 OK", """{"data":[{"id":"q","owned_by":"llama-swap"}],"object":"list"}""", "llama-swap", "q", "llama-swap lists what it can load, not what is loaded")]
    [InlineData("KoboldCpp", Html, """{"object":"list","data":[{"id":"koboldcpp/q","owned_by":"koboldcpp"}]}""", "koboldcpp", "koboldcpp/q", null)]
    [InlineData("TabbyAPI", """200 {"status":"healthy","issues":[]}""", """{"object":"list","data":[{"id":"q","owned_by":"tabbyAPI"}]}""", "tabbyapi", "q", null)]
    [InlineData("unnamed", "404 ", PlainList, null, "m", null)]
    [InlineData("slow health", "no answer", PlainList, null, "m", "/health gives no answer in 5 s")]
    public void Is_ready_when_a_list_of_models_comes(string name, string health, string list, string? server, string ids, string? detail)
    {
        ServerAnswer answer = Classify(health, "200 " + list);

        Assert.Equal((name, ProbeStatus.Ready, server, ids, detail), (name, answer.Status, answer.Server, answer.ModelIds.ToString(), answer.Detail));
        Assert.True(answer.ModelIdsKnown);
        Assert.True(answer.Listening);
        Assert.Equal(200, answer.HttpStatus);
    }

    [Theory]
    [InlineData(Ok, NoKey, "needs a key to list its models")]
    [InlineData("200", "401 ", "needs a key to list its models")]
    [InlineData("""200 {"status":"healthy","issues":[]}""", "403 ", "needs a key to list its models")]
    [InlineData(Ok, "404 ", "lists no models: /v1/models answers 404")]
    [InlineData(Ok, "no answer", "lists no models: /v1/models gives no answer in 5 s")]
    [InlineData(Ok, "too long", "lists no models: /v1/models is too long to read")]
    public void Is_ready_without_ids_when_health_is_sound_and_no_list_can_be_had(string health, string models, string detail)
    {
        ServerAnswer answer = Classify(health, models);

        Assert.Equal((ProbeStatus.Ready, detail, 200), (answer.Status, answer.Detail, answer.HttpStatus));
        Assert.False(answer.ModelIdsKnown);
        Assert.Empty(answer.ModelIds);
    }

    [Theory]
    [InlineData("401 ", "401 ", 401, "needs a key")]
    [InlineData("404 ", "403 ", 403, "needs a key")]
    [InlineData(Html, "401 ", 401, "needs a key")]
    [InlineData("200 OK", "401 ", 401, "needs a key")]
    [InlineData(Html, Html, 200, "no model server: it answers with a web page")]
    [InlineData("""200 {"status":true}""", Html, 200, "no model server: it answers with a web page")]
    [InlineData(Ok, Html, 200, "no model server: it answers with a web page")]
    [InlineData("200", "200", 200, "no model server: it answers with nothing")]
    [InlineData("200", "404 ", 404, "no model server: it answers 404")]
    [InlineData("404 ", "404 ", 404, "no model server: it answers 404")]
    [InlineData("302 ", "302 ", 302, "no model server: it answers 302")]
    [InlineData(Ok, """500 {"error":"boom"}""", 500, "no model server: it answers 500 \"boom\"")]
    [InlineData("500 ", "200 " + PlainList, 500, "/health answers 500")]
    [InlineData("200 OK", "200 OK", 200, "no model server: its answer is not JSON")]
    [InlineData(Ok, "200 {\"data\":[", 200, "no model server: its answer is not JSON")]
    [InlineData("200 [1]", "200 [1]", 200, "no model server: its JSON is not a list of models")]
    [InlineData("200 {}", """200 {"data":[]}""", 200, "no model server: its JSON is not a list of models")]
    [InlineData("200 {}", """200 {"object":"list","data":[{"name":"row"}]}""", 200, "no model server: its JSON is not a list of models")]
    [InlineData("200 {}", """200 {"object":"list","data":[{"id":"\ud800"}]}""", 200, "no model server: its answer is not JSON")]
    [InlineData("404 ", "too long", 200, "no model server: the answer is too long to be a list of models")]
    [InlineData("broken", "not asked", null, "it broke")]
    [InlineData(Ok, "broken", null, "it broke")]
    [InlineData("unfinished", "unfinished", null, "the answer did not end in 5 s")]
    public void Is_unknown_when_it_answers_otherwise(string health, string models, int? httpStatus, string detail)
    {
        ServerAnswer answer = Classify(health, models);

        Assert.Equal((ProbeStatus.Unknown, httpStatus, detail), (answer.Status, answer.HttpStatus, answer.Detail));
        Assert.True(answer.Listening);
        Assert.False(answer.ModelIdsKnown);
    }

    [Fact]
    public void Tells_the_states_of_a_router()
    {
        ServerAnswer answer = Classify(Ok, """
            200 {"object":"list","data":[
                {"id":"a","owned_by":"llamacpp","status":{"value":"loaded"}},
                {"id":"dir/b.gguf","aliases":["bee"],"owned_by":"llamacpp","status":{"value":"loading"}},
                {"id":"c","owned_by":"llamacpp","status":{"value":"unloaded"}}]}
            """);

        Assert.Equal((ProbeStatus.Ready, "router: 1 of 3 models loaded"), (answer.Status, answer.Detail));
        Assert.Equal("loaded", answer.StateOf(["a"]));
        Assert.Equal("loading", answer.StateOf(["b"]));
        Assert.Equal("loading", answer.StateOf(["bee"]));
        Assert.Null(answer.StateOf(["d"]));
    }

    [Theory]
    [InlineData("llama.cpp", "llama.cpp")]
    [InlineData("ConcedoLlamaForKoboldServer", "koboldcpp")]
    [InlineData("uvicorn", null)]
    public void Tells_the_kind_by_the_Server_header(string header, string? kind)
    {
        ServerAnswer answer = ProbeClassifier.Classify(Reply(Ok) with { ServerHeader = header }, Reply("401 "), TimeSpan.FromSeconds(5));

        Assert.Equal(kind, answer.Server);
    }

    [Fact]
    public void Believes_the_owner_of_the_list_before_the_header()
    {
        ProbeReply list = Reply("200 " + Answers.List("llama-swap", "q")) with { ServerHeader = "llama.cpp" };

        Assert.Equal("llama-swap", ProbeClassifier.Classify(Reply("200 OK"), list, TimeSpan.FromSeconds(5)).Server);
    }

    [Fact]
    public void Lets_no_control_character_of_an_id_through()
    {
        ServerAnswer answer = Classify(Ok, """200 {"object":"list","data":[{"id":"a\u001b[2Jb"}]}""");

        Assert.Equal("a\uFFFD[2Jb", Assert.Single(answer.ModelIds));
    }

    private static ServerAnswer Classify(string health, string models) =>
        ProbeClassifier.Classify(Reply(health), Reply(models), TimeSpan.FromSeconds(5));

    /// <summary>"200 body", or a word for what else can happen.</summary>
    private static ProbeReply Reply(string text) => text switch
    {
        "not asked" => ProbeReply.NotAsked,
        "refused" => new() { Outcome = ReplyOutcome.Refused },
        "not accepted" => new() { Outcome = ReplyOutcome.NotAccepted },
        "no answer" => new() { Outcome = ReplyOutcome.NoAnswer },
        "unfinished" => new() { Outcome = ReplyOutcome.Unfinished },
        "broken" => new() { Outcome = ReplyOutcome.Broken, Problem = "it broke" },
        "too long" => ProbeReply.Answer(200, "{"u8.ToArray(), "application/json", isTooLong: true),
        _ => ProbeReply.Answer(
            int.Parse(text[..3], System.Globalization.CultureInfo.InvariantCulture),
            Encoding.UTF8.GetBytes(text.Length > 4 ? text[4..] : string.Empty)),
    };
}

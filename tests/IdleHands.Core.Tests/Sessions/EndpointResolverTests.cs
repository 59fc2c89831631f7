using IdleHands.Sessions;

namespace IdleHands.Core.Tests.Sessions;

public sealed class EndpointResolverTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("idlehands-endpoint-").FullName;

    private string ConfigPath => Path.Combine(_directory, "config.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Takes_the_one_given_first()
    {
        EndpointResolution found = await ResolveAsync("https://ai.example/v1", Runtime(RuntimeStatus.Ready));

        Assert.Equal(("https://ai.example/v1", EndpointSource.Parameter), (found.Endpoint, found.Source));
        Assert.Empty(found.Skipped);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8080")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("/v1")]
    [InlineData("ftp://host/v1")]
    [InlineData("http://")]
    public async Task Refuses_a_parameter_that_is_no_http_address(string endpoint)
    {
        IdleHandsException error = await Assert.ThrowsAsync<IdleHandsException>(() => ResolveAsync(endpoint, null));

        Assert.Equal(("EndpointInvalid", FailureKind.InvalidArgument), (error.ErrorId, error.Kind));
        Assert.Contains($"'{endpoint}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_the_ready_runtime_next()
    {
        Configure("""{"endpoint":"http://configured/v1"}""");

        EndpointResolution found = await ResolveAsync(null, Runtime(RuntimeStatus.Ready));

        Assert.Equal(("http://127.0.0.1:8080/v1", EndpointSource.ActiveRuntime), (found.Endpoint, found.Source));
        Assert.Equal(["-Endpoint was not given"], found.Skipped);
    }

    [Theory]
    [InlineData(null, "no runtime is active")]
    [InlineData(RuntimeStatus.Starting, "the runtime of qwen is starting, not ready")]
    [InlineData(RuntimeStatus.Stale, "the runtime of qwen is stale, not ready")]
    public async Task Takes_the_configured_one_last_and_says_why(string? status, string reason)
    {
        Configure("""{"theme":"dark","endpoint":"http://configured/v1"}""");

        EndpointResolution found = await ResolveAsync(null, status is null ? null : Runtime(status));

        Assert.Equal(("http://configured/v1", EndpointSource.Configuration), (found.Endpoint, found.Source));
        Assert.Equal(["-Endpoint was not given", reason], found.Skipped);
    }

    [Theory]
    [InlineData(null, "does not exist")]
    [InlineData("", "is not JSON (line 1)")]
    [InlineData("{\n\"endpoint\": nope}", "is not JSON (line 2)")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{}", "has no key \"endpoint\"")]
    [InlineData("""{"endpoint":8080}""", "has an \"endpoint\" that is number, not text")]
    [InlineData("""{"endpoint":null}""", "has an \"endpoint\" that is null, not text")]
    [InlineData("""{"endpoint":"host:8080"}""", "has the endpoint 'host:8080', which is not an absolute http or https address")]
    public async Task Names_all_three_ways_when_there_is_none(string? json, string reason)
    {
        if (json is not null)
        {
            Configure(json);
        }

        IdleHandsException error = await Assert.ThrowsAsync<IdleHandsException>(() => ResolveAsync(null, null));

        Assert.Equal(("EndpointNotFound", FailureKind.NotFound), (error.ErrorId, error.Kind));
        Assert.Equal(
            $"There is no endpoint to talk to: -Endpoint was not given; no runtime is active; {ConfigPath} {reason}.",
            error.Message);
        Assert.Equal($"Give -Endpoint, start a model with Select-IHModel, or set \"endpoint\" in {ConfigPath}.", error.Recommendation);
    }

    [Fact]
    public async Task Survives_a_directory_in_the_place_of_the_file()
    {
        Directory.CreateDirectory(ConfigPath);

        IdleHandsException error = await Assert.ThrowsAsync<IdleHandsException>(() => ResolveAsync(null, null));

        Assert.Contains("is a directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_a_file_with_a_byte_order_mark()
    {
        Configure("\uFEFF{\"endpoint\":\"http://configured/v1\"}");

        Assert.Equal("http://configured/v1", (await ResolveAsync(null, null)).Endpoint);
    }

    private static ActiveRuntime Runtime(string status) => new()
    {
        Id = "qwen",
        HostId = "ws",
        Endpoint = "http://127.0.0.1:8080/v1",
        Status = status,
        StartedAt = DateTime.UnixEpoch,
    };

    private void Configure(string json) => File.WriteAllText(ConfigPath, json);

    private Task<EndpointResolution> ResolveAsync(string? endpoint, ActiveRuntime? active) =>
        EndpointResolver.ResolveAsync(endpoint, active, _directory, TestContext.Current.CancellationToken);
}

using System.Text.Json;

namespace IdleHands.Sessions;

/// <summary>Finds the endpoint of a session: the one given, the active runtime's, or the configured one.</summary>
public static class EndpointResolver
{
    private const string FileName = "config.json";
    private const string Key = "endpoint";

    /// <summary>Finds the endpoint, and says why the sources before it didn't apply.</summary>
    /// <param name="endpoint">The endpoint given; null where none was.</param>
    /// <param name="active">The active runtime; null for none.</param>
    /// <param name="configurationDirectory">The directory that may hold <c>config.json</c>.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IdleHandsException">
    /// What was given is no http or https address (<c>EndpointInvalid</c>), or no source has one (<c>EndpointNotFound</c>).
    /// </exception>
    public static async Task<EndpointResolution> ResolveAsync(
        string? endpoint, ActiveRuntime? active, string configurationDirectory, CancellationToken cancellationToken)
    {
        if (endpoint is not null)
        {
            return IsAddress(endpoint)
                ? new() { Endpoint = endpoint, Source = EndpointSource.Parameter }
                : throw Invalid(endpoint);
        }

        var skipped = new List<string> { "-Endpoint was not given" };
        if (active is { Status: RuntimeStatus.Ready })
        {
            return Found(active.Endpoint, EndpointSource.ActiveRuntime, skipped);
        }

        skipped.Add(active is null ? "no runtime is active" : $"the runtime of {active.Id} is {active.Status}, not ready");
        string path = Path.Combine(configurationDirectory, FileName);
        (string? configured, string? problem) = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
        if (configured is not null)
        {
            return Found(configured, EndpointSource.Configuration, skipped);
        }

        skipped.Add($"{path} {problem}");
        throw new IdleHandsException(
            "EndpointNotFound",
            FailureKind.NotFound,
            $"There is no endpoint to talk to: {string.Join("; ", skipped)}.",
            $"Give -Endpoint, start a model with Select-IHModel, or set \"{Key}\" in {path}.",
            path);
    }

    private static EndpointResolution Found(string endpoint, string source, IEnumerable<string> skipped) =>
        new() { Endpoint = endpoint, Source = source, Skipped = NameList.From(skipped) };

    /// <summary>The endpoint of the file, or what is wrong with the file, as the end of a sentence that starts with its path.</summary>
    private static async Task<(string? Endpoint, string? Problem)> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            Stream file = File.OpenRead(path);
            await using (file.ConfigureAwait(false))
            {
                using JsonDocument document = await JsonDocument.ParseAsync(file, default, cancellationToken).ConfigureAwait(false);
                return ReadEndpoint(document.RootElement);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, "does not exist");
        }
        catch (JsonException e)
        {
            return (null, $"is not JSON (line {e.LineNumber + 1})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, Directory.Exists(path) ? "is a directory" : "can't be read: " + e.Message);
        }
    }

    private static (string? Endpoint, string? Problem) ReadEndpoint(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, "is not a JSON object");
        }

        if (!root.TryGetProperty(Key, out JsonElement value))
        {
            return (null, $"has no key \"{Key}\"");
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return (null, $"has an \"{Key}\" that is {value.ValueKind.ToString().ToLowerInvariant()}, not text");
        }

        string text = value.GetString()!;
        return IsAddress(text) ? (text, null) : (null, $"has the {Key} '{text}', which is not an absolute http or https address");
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.Host.Length > 0;

    private static IdleHandsException Invalid(string endpoint) => new(
        "EndpointInvalid",
        FailureKind.InvalidArgument,
        $"'{endpoint}' can't be used as an endpoint: it is not an absolute http or https address.",
        "Give the base address of the API, e.g. Resolve-IHEndpoint -Endpoint http://127.0.0.1:8080/v1.",
        endpoint);
}

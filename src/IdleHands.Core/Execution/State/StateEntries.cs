using System.Text.Json;
using IdleHands.Configuration;

namespace IdleHands.Execution;

/// <summary>
/// The host, backend and model of a launch as they were then, in the state file in the form of the configuration file:
/// what stopping needs when they have left the configuration, and what a restore starts again.
/// </summary>
internal static class StateEntries
{
    /// <summary>The entries of a runtime; null where its host is not known. No secret, and no reference to what is not written down with them.</summary>
    public static JsonElement? Write(ActiveRuntime runtime)
    {
        if (runtime.Host is not { } host)
        {
            return null;
        }

        var entries = new RuntimeConfiguration
        {
            Hosts = [host with { Password = host.Password?.Reference is null ? null : host.Password }],
            Backends = runtime.Backend is { } backend ? [backend with { HostFilter = IdPolicy.Any }] : [],
            Models = runtime.Model is { } model ? [Alone(model, runtime)] : [],
        };
        return JsonSerializer.Deserialize(ConfigurationWriter.WriteNew(entries), StateJson.Default.JsonElement);
    }

    /// <summary>The entries again; null where they break a rule of the configuration.</summary>
    public static RuntimeConfiguration? Read(JsonElement entries) =>
        ConfigurationReader.Inspect(JsonSerializer.SerializeToUtf8Bytes(entries, StateJson.Default.JsonElement)).Configuration;

    private static RuntimeModel Alone(RuntimeModel model, ActiveRuntime runtime) => model with
    {
        HostPolicy = IdPolicy.Of([runtime.HostId]),
        BackendPolicy = runtime.Backend is { } backend ? IdPolicy.Of([backend.Id]) : IdPolicy.Any,
        Fallback = null,
        SplitPolicy = null,
    };
}

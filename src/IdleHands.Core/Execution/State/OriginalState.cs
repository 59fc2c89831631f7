using System.Text.Json;

namespace IdleHands.Execution;

/// <summary>Reads the state file of the original CLI: a single object with <c>modelId</c>, <c>hostIds</c>, <c>healthy</c>, <c>startedAt</c>, <c>endpoint</c>.</summary>
internal static class OriginalState
{
    /// <summary>Turns it into a slot. It knows no launch, so a stop of it needs the host's stop command.</summary>
    /// <exception cref="JsonException">A value has another type.</exception>
    public static StateSlot Read(JsonElement state)
    {
        try
        {
            string endpoint = Text(state, "endpoint") ?? string.Empty;
            return new StateSlot
            {
                ModelId = Text(state, "modelId") ?? throw new JsonException("modelId is null"),
                HostId = FirstHost(state) ?? throw new JsonException("hostIds names no host"),
                BackendId = Text(state, "backendId"),
                Endpoint = endpoint,
                Port = Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) && uri.Port > 0 ? uri.Port : RuntimeModel.DefaultPort,
                Status = state.TryGetProperty("healthy", out JsonElement healthy) && healthy.GetBoolean() ? RuntimeStatus.Ready : RuntimeStatus.Unknown,
                StartedAt = state.TryGetProperty("startedAt", out JsonElement startedAt) ? startedAt.GetDateTimeOffset() : default,
                HandedOver = true,
                ServedNames = [Text(state, "modelId")!],
            };
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    private static string? Text(JsonElement state, string name) =>
        state.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.GetString() : null;

    private static string? FirstHost(JsonElement state) =>
        state.TryGetProperty("hostIds", out JsonElement hosts) && hosts.GetArrayLength() > 0 ? hosts[0].GetString() : null;
}

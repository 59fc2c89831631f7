using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Health;

/// <summary>Configurations to check, and a way to check them.</summary>
internal static class HealthSetup
{
    public static readonly CommandResult Success = new() { ExitCode = 0 };

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<List<HealthResult>> CheckAsync(
        RuntimeConfiguration configuration, Func<RuntimeHost, IHostConnection> connect, HealthOptions options, ActiveRuntime? active = null)
    {
        var rows = new List<HealthResult>();
        await foreach (HealthResult row in new HealthChecker(configuration, active, connect, options).CheckAsync(Cancel))
        {
            rows.Add(row);
        }

        return rows;
    }

    public static bool IsDiscovered(HealthResult row) => row.Section == HealthSection.Discovered;

    public static FakeConnection Local(RuntimeHost host) => new(host.Id);

    public static HealthOptions Scan(params int[] ports) => new() { ScanPorts = PortSet.Of(ports) };

    public static FakeServer Llama(string id) => new(
        Answers.Json(200, """{"status":"ok"}""", "llama.cpp"), Answers.Json(200, Answers.List("llamacpp", id), "llama.cpp"));

    public static RuntimeConfiguration Configure(RuntimeHost[] hosts, params RuntimeModel[] models) => new() { Hosts = hosts, Models = models };

    public static RuntimeHost Host(string id = "ws") => new() { Id = id, DisplayName = id };

    public static RuntimeModel Model(string id, int port) =>
        new() { Id = id, DisplayName = id, Source = $"/m/{id}.gguf", StartCommand = "x", Port = port };

    public static ActiveRuntime Record(string id, int port) => new()
    {
        Id = id,
        HostId = "ws",
        Port = port,
        Endpoint = $"http://127.0.0.1:{port}/v1",
        Status = RuntimeStatus.Starting,
        StartedAt = DateTime.UnixEpoch,
    };
}

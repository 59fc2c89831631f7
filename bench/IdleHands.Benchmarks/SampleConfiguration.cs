using System.Globalization;

namespace IdleHands.Benchmarks;

/// <summary>A large configuration with what real entries hold: policies, commands, arguments, environment, fallbacks.</summary>
internal static class SampleConfiguration
{
    private static readonly string[] Types = ["cuda", "vulkan", "rocm", "cpu"];

    public static RuntimeConfiguration Create(int hosts, int backends, int models) => new()
    {
        Hosts = [.. Enumerable.Range(0, hosts).Select(Host)],
        Backends = [.. Enumerable.Range(0, backends).Select(index => Backend(index, hosts))],
        Models = [.. Enumerable.Range(0, models).Select(index => Model(index, hosts, backends))],
    };

    public static string ModelId(int index) => Id("model", index);

    private static RuntimeHost Host(int index)
    {
        var host = new RuntimeHost
        {
            Id = Id("host", index),
            DisplayName = $"Host {index}",
            Shell = "bash",
            Gpu = new NameList("rtx-4090", "rtx-3090"),
            VramGB = 24,
            CheckCommand = "nvidia-smi -L",
            StopCommand = "systemctl --user stop llama-{model_id}",
        };
        return index == 0 ? host : host with
        {
            Transport = HostTransport.Ssh,
            HostName = $"gpu-{index}.lan",
            UserName = "runner",
            KeyPath = "~/.ssh/id_ed25519",
            SshOption = new NameList("ConnectTimeout=5"),
        };
    }

    private static RuntimeBackend Backend(int index, int hosts) => new()
    {
        Id = Id("backend", index),
        DisplayName = $"Backend {index}",
        Type = Types[index % Types.Length],
        HostFilter = index % 2 == 0 ? IdPolicy.Any : IdPolicy.Of([Id("host", 0), Id("host", index % hosts)]),
        VerifyCommand = "llama-server --list-devices",
        Environment = new EnvironmentMap([new("GPU_VISIBLE_DEVICES", "0,1"), new("LLAMA_CACHE", "/var/cache/llama")]),
        Argument = new NameList("-ngl", "99", "--flash-attn", "on"),
    };

    private static RuntimeModel Model(int index, int hosts, int backends) => new()
    {
        Id = ModelId(index),
        DisplayName = $"Model {index}, 30B Q4_K_M",
        Source = $"/srv/models/family-{index % 40}/model-{index}-30B-Q4_K_M.gguf",
        HostPolicy = index % 3 == 0 ? IdPolicy.Any : IdPolicy.Of([Id("host", 0), Id("host", 1 + (index % (hosts - 1)))]),
        BackendPolicy = index % 4 == 0 ? IdPolicy.Any : IdPolicy.Of([Id("backend", 0), Id("backend", 1 + (index % (backends - 1)))]),
        StartCommand = "{backend_env}llama-server -m {source} --host {host} --port {port} -c {context_window} {backend_args} --alias {model_id}",
        ProbeTimeoutSec = index % 5 == 0 ? 600 : null,
        Port = 8080 + (index % 1000),
        ContextWindow = 32768,
        MaxTokens = 4096,
        Fallback = index % 10 == 9 ? ModelId(index - 1) : null,
        ThinkingMode = "default",
    };

    private static string Id(string word, int index) => string.Create(CultureInfo.InvariantCulture, $"{word}-{index:00000}");
}

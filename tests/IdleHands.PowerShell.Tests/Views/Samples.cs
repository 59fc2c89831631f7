using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.PowerShell.Tests.Views;

/// <summary>Objects of each type that cmdlets emit: the first with all that it can have, the others with little.</summary>
internal static class Samples
{
    private static readonly DateTime s_start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Local);

    private static readonly MemoryEstimate s_estimate = new()
    {
        Parts = new ItemList<MemoryPart>(
        [
            new MemoryPart(MemoryPartName.Weights, 18_556_686_912, 18_556_686_912),
            new MemoryPart(MemoryPartName.KVCache, 3_221_225_472, 3_221_225_472),
            new MemoryPart(MemoryPartName.ComputeBuffers, 300_000_000, 2_100_000_000),
        ]),
        Confidence = MemoryConfidence.High,
        ContextWindow = 32_768,
        Notes = new NameList("the projector is counted with the weights"),
    };

    private static readonly MeasuredMemory s_measured = new()
    {
        GpuBytes = 22_000_000_000,
        HostBytes = 1_300_000_000,
        Source = "nvidia-smi",
        Buffers = new ItemList<MemoryBuffer>([new MemoryBuffer("CUDA0", "model", 18_000_000_000), new MemoryBuffer("CUDA0", "KV", 3_221_225_472)]),
        MeasuredAt = s_start,
    };

    private static readonly MemoryFit s_fit = new()
    {
        Status = FitStatus.DoesNotFit,
        Estimated = s_estimate,
        Measured = s_estimate with { Confidence = MemoryConfidence.Measured },
        AvailableBytes = 8L << 30,
        FreedBytes = 6L << 30,
        TotalBytes = 24L << 30,
        Device = "GPU",
        Source = "nvidia-smi",
        Notes = new NameList("the host does not tell which processes hold GPU memory, and so not what the stop will free"),
    };

    private static readonly GgufFile s_file = new()
    {
        Path = "/srv/models/Qwen3-Coder-30B-A3B-Instruct-Q4_K_M-00001-of-00002.gguf",
        FileName = "Qwen3-Coder-30B-A3B-Instruct-Q4_K_M-00001-of-00002.gguf",
        HostId = "gpu-01",
        Shards = new NameList("/srv/models/Qwen3-Coder-30B-A3B-Instruct-Q4_K_M-00001-of-00002.gguf", "/srv/models/Qwen3-Coder-30B-A3B-Instruct-Q4_K_M-00002-of-00002.gguf"),
        Sidecars = new NameList("/srv/models/mmproj-F16.gguf"),
        Architecture = "qwen3moe",
        Name = "Qwen3 Coder 30B A3B Instruct",
        Parameters = 30_532_122_624,
        Quantization = "Q4_K",
        FileType = "Q4_K_M",
        BitsPerWeight = 4.86,
        ContextLength = 262_144,
        Layers = 48,
        EmbeddingLength = 2048,
        HeadCount = 32,
        HeadCountKV = 4,
        ExpertCount = 128,
        ExpertUsedCount = 8,
        HasChatTemplate = true,
        SizeBytes = 18_556_686_912,
        Memory = s_estimate,
        TensorCount = 579,
        Version = 3,
        Metadata = new Dictionary<string, object> { ["general.architecture"] = "qwen3moe" },
    };

    private static readonly PlanStep[] s_steps =
    [
        new() { Order = 1, Kind = PlanStepKind.CheckSource, HostId = "workstation", Timeout = TimeSpan.FromSeconds(10), Description = "/srv/models/qwen3-coder-30b-a3b-q4_k_m.gguf is there" },
        new() { Order = 2, Kind = PlanStepKind.StopModel, HostId = "workstation", Timeout = TimeSpan.FromSeconds(90), Description = "stop chat", EstimatedDuration = TimeSpan.FromSeconds(2) },
        new()
        {
            Order = 3,
            Kind = PlanStepKind.StartModel,
            HostId = "workstation",
            Timeout = TimeSpan.FromSeconds(30),
            Command = "env GGML_VK_VISIBLE_DEVICES=0 llama-server -m /srv/models/qwen3-coder-30b-a3b-q4_k_m.gguf --host 127.0.0.1 --port 8081 -c 32768 -ngl 99",
            Description = "start qwen3-coder",
        },
        new() { Order = 4, Kind = PlanStepKind.ProbeHealth, HostId = "workstation", Timeout = TimeSpan.FromSeconds(300), Interval = TimeSpan.FromSeconds(1.2), Description = "port 8081 serves qwen3-coder", EstimatedDuration = TimeSpan.FromSeconds(10.5) },
    ];

    private static readonly PropertyChange[] s_differences = [new("runtime_defaults.port", 8080, 8081), new("fallback", null, "chat")];

    private static readonly StepOutcome[] s_outcomes =
    [
        new() { Id = "qwen3-coder", Order = 1, Kind = PlanStepKind.CheckSource, HostId = "workstation", Status = "ok", Duration = TimeSpan.FromSeconds(0.2), Detail = "17.3 GiB" },
        new() { Id = "qwen3-coder", Order = 2, Kind = PlanStepKind.StartModel, HostId = "workstation", Status = "failed", Duration = TimeSpan.FromSeconds(4), ExitCode = 134, Detail = "its command ended with exit code 134: cudaMalloc failed: out of memory" },
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<object[]> All { get; } =
    [
        [
            new RuntimeHost
            {
                Id = "gpu-01",
                DisplayName = "The one with two 3090s",
                Transport = HostTransport.Ssh,
                Shell = "bash",
                HostName = "gpu-01.lan",
                Port = 2222,
                UserName = "runner",
                KeyPath = "~/.ssh/id_ed25519",
                Password = new Secret("env:GPU_PASSWORD"),
                SshOption = new NameList("ConnectTimeout=5", "Compression=yes"),
                ExecPrefix = new NameList("docker", "exec"),
                Gpu = new NameList("rtx-3090", "rtx-3090"),
                VramGB = 48,
                Backend = new NameList("cuda-12"),
                CheckCommand = "nvidia-smi --query-gpu=name,memory.total --format=csv,noheader",
                CheckTimeoutSec = 5,
                StopCommand = "systemctl --user stop llama-{model_id}",
                CleanupCommand = "rm -f /tmp/llama-{model_id}.sock",
                DrainSec = 30,
                StopGraceSec = 10,
            },
            new RuntimeHost { Id = "here", DisplayName = "here", Enabled = false },
        ],
        [
            new RuntimeBackend
            {
                Id = "cuda-12",
                DisplayName = "CUDA 12",
                Type = "cuda",
                HostFilter = IdPolicy.Of(["gpu-01", "gpu-02"]),
                ApplyCommand = "module load cuda/12",
                VerifyCommand = "nvidia-smi --query-gpu=name --format=csv,noheader",
                RollbackCommand = "module unload cuda/12",
                VerifyAlways = true,
                Environment = new EnvironmentMap([new("CUDA_VISIBLE_DEVICES", "0,1")]),
                Argument = new NameList("-ngl", "99"),
            },
            new RuntimeBackend { Id = "cpu", DisplayName = "cpu", Type = "cpu" },
        ],
        [
            new RuntimeModel
            {
                Id = "qwen3-coder-30b-a3b-instruct",
                DisplayName = "Qwen3 Coder",
                Source = "/srv/models/Qwen3-Coder-30B-A3B-Instruct-Q4_K_M-00001-of-00002.gguf",
                HostPolicy = IdPolicy.Of(["gpu-01", "workstation"]),
                BackendPolicy = IdPolicy.Of(["cuda-12", "vulkan"]),
                StartCommand = "{backend_env}llama-server -m {source} --host {host} --port {port} -c {context_window} {backend_args} --alias {model_id}",
                ProbeCommand = "curl -sf http://127.0.0.1:{port}/health",
                ProbeTimeoutSec = 600,
                ProbeIntervalMs = 1200,
                StatusCommand = "systemctl is-active llama",
                Port = 8081,
                ContextWindow = 32_768,
                MaxTokens = 4096,
                ServedName = "qwen3-coder",
                ChatTemplate = "chatml",
                ThinkingMode = "no_think",
                Fallback = "chat",
                SplitPolicy = new SplitPolicy("""{"hosts":["gpu-01"]}""", new NameList("gpu-01")),
            },
            new RuntimeModel { Id = "chat", DisplayName = "chat", Source = "/m/chat.gguf", StartCommand = "llama-server -m {source}" },
        ],
        [
            new ConfigurationFinding("models[0].launch.start_cmd", "'llama-server -m {sources}': there is no variable {sources}; there are source, port, host, backend_env, backend_args, model_id.", ConfigurationFinding.Error) { Line = 12, Column = 20 },
            new ConfigurationFinding("notes", "it is not known here, and kept.", ConfigurationFinding.Warning) { Line = 140, Column = 3 },
        ],
        [
            new ConfigurationChange
            {
                Action = ConfigurationAction.Change,
                Section = "Model",
                Id = "qwen3-coder",
                Difference = new ItemList<PropertyChange>(s_differences),
                Path = "/home/me/.config/idlehands/runtimes.json",
                BackupPath = "/home/me/.config/idlehands/backups/runtimes-20260102-030405-000.json",
            },
            new ConfigurationChange { Action = ConfigurationAction.Add, Section = "Host", Id = "gpu-02", Difference = new ItemList<PropertyChange>([new PropertyChange("display_name", null, "gpu-02")]) },
            new ConfigurationChange { Action = ConfigurationAction.Remove, Section = "Backend", Id = "cpu", Difference = new ItemList<PropertyChange>([]) },
            new ConfigurationChange { Action = ConfigurationAction.None, Section = "Model", Id = "chat", Difference = new ItemList<PropertyChange>([]) },
        ],
        s_differences,
        [
            new DiagnosticFinding
            {
                Severity = DiagnosticSeverity.Error,
                RuleId = "ProgramMissing",
                Resource = DiagnosticResource.Model,
                Id = "qwen3-coder",
                HostId = "gpu-01",
                Message = "'llama-server' is not found on host 'gpu-01', and the start command of model 'qwen3-coder' runs it.",
                Reason = "The command ends at once.",
                Recommendation = "Install it there, or write its whole path: Set-IHModel qwen3-coder -StartCommand",
            },
            new DiagnosticFinding { Severity = DiagnosticSeverity.Information, RuleId = "NoFallback", Resource = DiagnosticResource.Model, Message = "No model has a fallback.", Reason = "Something works then.", Recommendation = "Set-IHModel coder -Fallback chat" },
        ],
        [
            new RuntimePlan
            {
                Id = "qwen3-coder",
                HostId = "workstation",
                BackendId = "vulkan",
                Endpoint = "http://127.0.0.1:8081/v1",
                Reasons = new NameList("model chat → qwen3-coder", "host gpu-01 passed over: it is disabled"),
                Assumptions = new NameList("host localhost, which is this machine", "port 8080, the first that is free"),
                Warnings = new NameList("It does not fit."),
                Steps = new ItemList<PlanStep>(s_steps),
                EstimatedDuration = TimeSpan.FromSeconds(12.5),
                Fit = s_fit,
                ConfigurationHash = "c0ffee",
                StateHash = "5eed",
                Request = new PlanRequest("qwen3-coder") { HostId = "workstation", BackendId = "vulkan", ProbeTimeout = TimeSpan.FromSeconds(60), RestartReason = "restart asked" },
            },
        ],
        s_steps,
        [
            new SelectResult
            {
                Id = "qwen3-coder",
                Status = SelectStatus.Restored,
                ActiveId = "chat",
                HostId = "workstation",
                BackendId = "vulkan",
                Endpoint = "http://127.0.0.1:8080/v1",
                Duration = TimeSpan.FromSeconds(12.345),
                Reasons = new NameList("model chat → qwen3-coder"),
                Assumptions = new NameList("port 8080, the first that is free"),
                Warnings = new NameList("It does not fit."),
                Steps = new ItemList<StepOutcome>(s_outcomes),
                LaunchId = "chat-20260102-030405-a1b2c3",
                LogPath = "/home/me/.local/state/idlehands/logs/chat-20260102-030405-a1b2c3.log",
                Error = "The step 'start qwen3-coder' failed on host 'workstation'.",
                Failure = new IdleHandsException("StartFailed", FailureKind.Failed, "It failed.", "Get-IHLog qwen3-coder", "qwen3-coder") { Cause = "out of device memory" },
            },
            new SelectResult { Id = "chat", Status = SelectStatus.Started, ActiveId = "chat", HostId = "workstation", Endpoint = "http://127.0.0.1:8080/v1", Duration = TimeSpan.FromSeconds(2) },
        ],
        s_outcomes,
        [
            new HistoryEntry
            {
                Id = "qwen3-coder",
                Action = "Select-IHModel qwen3-coder",
                Status = SelectStatus.Restored,
                StartedAt = s_start,
                Duration = TimeSpan.FromSeconds(12.3),
                HostId = "workstation",
                BackendId = "vulkan",
                ActiveId = "chat",
                Cause = "out of device memory",
                ErrorId = "StartFailed",
                Error = "The step 'start qwen3-coder' failed on host 'workstation'.",
                Reasons = new NameList("model chat → qwen3-coder"),
                Plan = new ItemList<PlanStep>(s_steps),
                Steps = new ItemList<StepOutcome>(s_outcomes),
                User = "me",
                ProcessId = 4711,
                LaunchId = "chat-20260102-030405-a1b2c3",
                LogPath = "/home/me/.local/state/idlehands/logs/chat-20260102-030405-a1b2c3.log",
            },
            new HistoryEntry { Id = "chat", Action = "Select-IHModel chat", Status = HistoryStatus.Unfinished, StartedAt = s_start.AddMinutes(1) },
        ],
        [s_file, s_file with { Path = "/m/tiny.gguf", FileName = "tiny.gguf", HostId = null, Shards = NameList.Empty, Sidecars = NameList.Empty, Architecture = "llama", Parameters = 135_200_000, Quantization = "Q8_0", FileType = null, SizeBytes = 145_000_000 }],
        [s_estimate],
        [.. s_estimate.Parts],
        [s_fit, new MemoryFit { Status = FitStatus.Unknown, Notes = new NameList("neither the files nor the name of the model tell how large it is") }],
        [s_measured],
        [
            new ResolvedModel
            {
                Id = "qwen3-coder",
                Source = "/srv/models/Qwen3-Coder-30B-A3B-Instruct-Q4_K_M-00001-of-00002.gguf",
                SizeBytes = 18_556_686_912,
                SizeGiB = 17.28,
                SizeOrigin = "files",
                Quantization = "Q4_K_M",
                Parameters = 30_532_122_624,
                ContextLength = 262_144,
                Hosts = new ItemList<ResolvedFile>([new ResolvedFile("workstation", false, null, "it is not there"), new ResolvedFile("gpu-01", true, 18_556_686_912, null)]),
                File = s_file,
            },
        ],
        [new ResolvedFile("gpu-01", true, 18_556_686_912, null), new ResolvedFile("workstation", null, null, "Host 'workstation' did not answer within 5 s.")],
        [
            new ActiveRuntime
            {
                Id = "qwen3-coder-30b-a3b-instruct",
                HostId = "gpu-01",
                BackendId = "cuda-12",
                Status = RuntimeStatus.Ready,
                Endpoint = "http://127.0.0.1:41234/v1",
                StartedAt = s_start,
                Uptime = new TimeSpan(1, 2, 3, 4),
                ExitCode = 0,
                Detail = "it answers",
                Memory = s_measured,
                Port = 8081,
                Launch = Launch("qwen3-coder-20260102-030405-a1b2c3", 4711),
                Tunnel = new RuntimeTunnel(41_234, Launch("tunnel-20260102-030405-a1b2c3", 4712)),
            },
        ],
        [
            new HealthResult { Section = HealthSection.Host, HostId = "workstation", Id = "workstation", Status = ProbeStatus.Ready, Detail = "exit code 0" },
            new HealthResult { Section = HealthSection.Model, HostId = "workstation", Id = "qwen3-coder", Port = 8081, Status = ProbeStatus.Loading, HttpStatus = 503, Latency = TimeSpan.FromMilliseconds(4), Detail = "HTTP 503: Loading model" },
            new HealthResult { Section = HealthSection.Model, HostId = "workstation", Id = "chat", Port = 8080, Status = ProbeStatus.Down, Detail = "nobody listens" },
            new HealthResult
            {
                Section = HealthSection.Discovered,
                HostId = "workstation",
                Id = "qwen3-coder",
                Port = 8082,
                Status = ProbeStatus.Ready,
                ModelIds = new NameList("qwen3-coder", "another-model-that-nobody-configured"),
                Unconfigured = new NameList("another-model-that-nobody-configured"),
                Server = "llama.cpp",
                HttpStatus = 200,
                Latency = TimeSpan.FromMilliseconds(12.3),
                Detail = "llama.cpp",
            },
            new HealthResult { Section = HealthSection.Discovered, HostId = "workstation", Port = 8083, Status = ProbeStatus.Unknown, HttpStatus = 401, Latency = TimeSpan.FromMilliseconds(3), Detail = "HTTP 401: it needs a key" },
        ],
        [new EndpointResolution { Endpoint = "http://127.0.0.1:8080/v1", Source = EndpointSource.Configuration, Skipped = new NameList("-Endpoint was not given", "no runtime is active") }],
        [
            new HostTestResult { HostId = "workstation", Success = true, ExitCode = 0, Duration = TimeSpan.FromSeconds(0.2), Output = "NVIDIA GeForce RTX 4090, 24564 MiB" },
            new HostTestResult { HostId = "gpu-01", Success = false, ExitCode = 255, Duration = TimeSpan.FromSeconds(5), Output = "seen", Error = "Host 'gpu-01' did not answer within 5 s." },
        ],
        [
            new BackendTestResult { BackendId = "vulkan", HostId = "workstation", Success = true, ExitCode = 0, Duration = TimeSpan.FromSeconds(0.1) },
            new BackendTestResult { BackendId = "cuda-12", HostId = "gpu-01", Success = false, ExitCode = 9, Duration = TimeSpan.FromSeconds(1.5), Output = "seen", Error = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver." },
        ],
    ];

    private static LaunchRecord Launch(string id, int processId) => new()
    {
        LaunchId = id,
        ProcessId = processId,
        StartTime = "1",
        BootId = "2",
        StartedAt = s_start,
        LogPath = $"/home/me/.local/state/idlehands/logs/{id}.log",
    };
}

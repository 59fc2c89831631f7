using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>
/// A host whose commands find scripts by the names of nvidia-smi and rocm-smi, which print what files beside them hold;
/// nothing else that this machine has by these names.
/// </summary>
internal sealed class SmiTools : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ih-smi-").FullName;

    public SmiTools(string shell)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the tools are shell scripts");
        foreach (string name in new[] { "sh", "bash", "cat", "grep", "sleep", "setsid" })
        {
            if (new[] { "/bin/", "/usr/bin/" }.Select(folder => folder + name).FirstOrDefault(File.Exists) is { } path)
            {
                File.CreateSymbolicLink(Path.Combine(_directory, name), path);
            }
        }

        IHostConnection local = new HostConnections(Path.Combine(_directory, "logs")).Open(new RuntimeHost { Id = "here", DisplayName = "Here", Shell = shell });
        Connection = new PathConnection(local, _directory);
    }

    public IHostConnection Connection { get; }

    public GpuMemory Memory => new(Connection, new RuntimeHost { Id = "here", DisplayName = "Here", Shell = "sh" });

    /// <summary>What nvidia-smi prints from now on.</summary>
    public void SetNvidia(string devices, string processes)
    {
        Write("nvidia-gpus", devices);
        Write("nvidia-processes", processes);
        InstallOnce("nvidia-smi", $"""
            case "$*" in
              *--query-gpu=index,uuid,memory.used,memory.total*--format=csv,noheader,nounits*) cat '{_directory}/nvidia-gpus' ;;
              *--query-compute-apps=pid,gpu_uuid,used_gpu_memory*--format=csv,noheader,nounits*) cat '{_directory}/nvidia-processes' ;;
              *) echo "unexpected: $*"; exit 2 ;;
            esac
            """);
    }

    /// <summary>What rocm-smi prints from now on.</summary>
    public void SetRocm(string devices, string processes)
    {
        Write("rocm-gpus", devices);
        Write("rocm-processes", processes);
        InstallOnce("rocm-smi", $"""
            case "$*" in
              '--showmeminfo vram --json') cat '{_directory}/rocm-gpus' ;;
              '--showpids --json') cat '{_directory}/rocm-processes' ;;
              *) exit 2 ;;
            esac
            """);
    }

    /// <summary>Puts a tool in place that does this.</summary>
    public void Install(string name, string script)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path + ".new", "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Move(path + ".new", path, overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>What a tool prints changes in its files; a script that is written while another process starts may be busy.</summary>
    private void InstallOnce(string name, string script)
    {
        if (!File.Exists(Path.Combine(_directory, name)))
        {
            Install(name, script);
        }
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text.Length == 0 ? text : text + "\n");

    /// <summary>A local host whose commands have another PATH.</summary>
    private sealed class PathConnection(IHostConnection local, string path) : IHostConnection
    {
        public string HostId => local.HostId;

        public HttpMessageInvoker Http => local.Http;

        public Task OpenAsync(CancellationToken cancellationToken) => local.OpenAsync(cancellationToken);

        public Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken) => local.FindAddressAsync(port, cancellationToken);

        public Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken) =>
            local.PrepareTunnelAsync(localPort, port, cancellationToken);

        public Task<LeaseReply> LeaseAsync(LeaseCall call, CancellationToken cancellationToken) => local.LeaseAsync(call, cancellationToken);

        public Task<bool> CopyFileAsync(string source, string path, CancellationToken cancellationToken) => local.CopyFileAsync(source, path, cancellationToken);

        public Task CheckAsync(CancellationToken cancellationToken) => local.CheckAsync(cancellationToken);

        public Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken) =>
            local.RunAsync(command with { Environment = new Dictionary<string, string>(command.Environment) { ["PATH"] = path } }, cancellationToken);

        public Task<LaunchRecord> LaunchAsync(LaunchRequest request, Func<LaunchRecord, Task> record, CancellationToken cancellationToken) =>
            local.LaunchAsync(request, record, cancellationToken);

        public Task<LaunchObservation> ObserveAsync(LaunchRecord launch, CancellationToken cancellationToken) => local.ObserveAsync(launch, cancellationToken);

        public Task<NameList> IdentifyAsync(LaunchRecord launch, CancellationToken cancellationToken) => local.IdentifyAsync(launch, cancellationToken);

        public Task<LaunchRecord?> AdoptAsync(int processId, CancellationToken cancellationToken) => local.AdoptAsync(processId, cancellationToken);

        public Task SignalAsync(LaunchRecord launch, LaunchSignal signal, CancellationToken cancellationToken) => local.SignalAsync(launch, signal, cancellationToken);

        public Task<IReadOnlyList<string>> ReadLogTailAsync(LaunchRecord launch, int lines, CancellationToken cancellationToken) =>
            local.ReadLogTailAsync(launch, lines, cancellationToken);

        public IAsyncEnumerable<string> ReadLogAsync(string logPath, LogReading reading, CancellationToken cancellationToken) =>
            local.ReadLogAsync(logPath, reading, cancellationToken);

        public Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken) => local.IsListeningAsync(port, cancellationToken);

        public Task<IReadOnlyList<PortHolder>> FindPortHoldersAsync(int port, LaunchRecord? launch, CancellationToken cancellationToken) =>
            local.FindPortHoldersAsync(port, launch, cancellationToken);

        public Task<IReadOnlyList<OpenedFile>> OpenFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
            local.OpenFilesAsync(paths, cancellationToken);

        Task<MemorySnapshot?> IHostConnection.ReadMemoryAsync(IReadOnlyCollection<int> processIds, CancellationToken cancellationToken) =>
            HostMemory.ReadAsync(this, "sh", processIds, cancellationToken);

        public Task<NameList> FindFilesAsync(string path, string extension, bool recurse, CancellationToken cancellationToken) =>
            local.FindFilesAsync(path, extension, recurse, cancellationToken);

        public Task<IReadOnlyList<FileFact>> StatAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) => local.StatAsync(paths, cancellationToken);

        public ValueTask DisposeAsync() => local.DisposeAsync();
    }
}

namespace IdleHands.Hosts.Local;

/// <summary>
/// The memory of this machine without a command, where that is possible: on Linux without a tool for GPUs on the PATH.
/// Most plans are made in milliseconds, and a shell would take longer than all the rest.
/// </summary>
internal static class LocalMemory
{
    private static readonly string[] Tools = ["nvidia-smi", "rocm-smi"];
    private static readonly string[] FurtherPaths = ["/usr/lib/wsl/lib", "/opt/rocm/bin"];

    /// <summary>Reads it; null where a command has to be asked.</summary>
    public static MemorySnapshot? TryRead(IReadOnlyCollection<int> processIds)
    {
        if (!OperatingSystem.IsLinux() || HasTool())
        {
            return null;
        }

        try
        {
            return HostMemory.ParseMemory([.. File.ReadLines("/proc/meminfo"), .. Limits()]) with
            {
                Processes = HostMemory.ParseProcesses(processIds.SelectMany(id => ReadOrNothing($"/proc/{id}/status").Prepend($"process {id}"))),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Limits() =>
    [
        .. ReadOrNothing("/sys/fs/cgroup/memory.max").Select(line => $"limit {line}"),
        .. ReadOrNothing("/sys/fs/cgroup/memory.current").Select(line => $"used {line}"),
        .. ReadOrNothing("/sys/fs/cgroup/memory.stat"),
    ];

    private static string[] ReadOrNothing(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // The process has ended meanwhile.
        }
    }

    private static bool HasTool()
    {
        IEnumerable<string> directories = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Concat(FurtherPaths);
        return directories.Any(directory => Tools.Any(tool => File.Exists(Path.Combine(directory, tool))));
    }
}

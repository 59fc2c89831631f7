using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IdleHands.Hosts.Local;

/// <summary>
/// The memory of this machine by what the system tells without a command. Most plans are made in milliseconds, and a shell
/// would take longer than all the rest.
/// </summary>
internal static class LocalMemory
{
    private static readonly string[] Tools = ["nvidia-smi", "rocm-smi"];
    private static readonly string[] FurtherPaths = ["/usr/lib/wsl/lib", "/opt/rocm/bin"];

    /// <summary>Reads it, GPUs left out; null where a command has to be asked (macOS).</summary>
    public static MemorySnapshot? TryRead(IReadOnlyCollection<int> processIds)
    {
        try
        {
            return OperatingSystem.IsLinux() ? ReadLinux(processIds)
                : OperatingSystem.IsWindows() ? ReadWindows(processIds)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>True where a tool that knows of GPUs is on the PATH, or where it is usually put beside it.</summary>
    public static bool HasGpuTool()
    {
        string ending = OperatingSystem.IsWindows() ? ".exe" : string.Empty;
        IEnumerable<string> directories = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Concat(FurtherPaths);
        return directories.Any(directory => Tools.Any(tool => File.Exists(Path.Combine(directory, tool + ending))));
    }

    private static MemorySnapshot ReadLinux(IReadOnlyCollection<int> processIds) => HostMemory.ParseMemory([.. File.ReadLines("/proc/meminfo"), .. Limits()]) with
    {
        Processes = HostMemory.ParseProcesses(processIds.SelectMany(id => ReadOrNothing($"/proc/{id}/status").Prepend($"process {id}"))),
    };

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

    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static MemorySnapshot? ReadWindows(IReadOnlyCollection<int> processIds)
    {
        var status = new WindowsNative.MemoryStatus { Length = (uint)Marshal.SizeOf<WindowsNative.MemoryStatus>() };
        return !WindowsNative.GlobalMemoryStatusEx(ref status) ? null : new MemorySnapshot
        {
            TotalBytes = (long)status.TotalPhysical,
            AvailableBytes = (long)status.AvailablePhysical,
            Source = "Windows",
            Processes = [.. processIds.Select(ReadProcess).OfType<ProcessMemory>()],
        };
    }

    private static ProcessMemory? ReadProcess(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return new ProcessMemory(id, process.WorkingSet64, Math.Min(process.WorkingSet64, process.PrivateMemorySize64));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null; // It has ended meanwhile.
        }
    }
}

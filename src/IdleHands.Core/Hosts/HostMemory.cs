using System.Globalization;
using IdleHands.Templates;

namespace IdleHands.Hosts;

/// <summary>The memory of a host at one moment.</summary>
internal sealed record MemorySnapshot
{
    /// <summary>Its GPUs; null where it has none, or none of their tools tells.</summary>
    public GpuSnapshot? Gpus { get; init; }

    /// <summary>Bytes of its own memory; null where it doesn't tell. Of a container, what it may use.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Bytes that programs may take without others being swapped out; null where it doesn't tell.</summary>
    public long? AvailableBytes { get; init; }

    /// <summary>What tells: <c>/proc/meminfo</c>, <c>sysctl</c>, <c>Windows</c>.</summary>
    public string? Source { get; init; }

    /// <summary>True for a machine whose GPU uses the memory of the processor (a Mac).</summary>
    public bool IsUnified { get; init; }

    /// <summary>What the processes that were asked about hold.</summary>
    public IReadOnlyList<ProcessMemory> Processes { get; init; } = [];
}

/// <summary>What a process holds of the host's own memory.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="ResidentBytes">All of it, pages of files it has mapped included.</param>
/// <param name="PrivateBytes">What becomes free when it ends; null where the host doesn't tell it apart. Pages of mapped files are free already.</param>
internal sealed record ProcessMemory(int ProcessId, long ResidentBytes, long? PrivateBytes);

/// <summary>Asks a host for its memory, and for that of its GPUs, in one command of its shell.</summary>
internal static class HostMemory
{
    /// <summary>Stands before the lines on the host's own memory.</summary>
    public const string MemoryMark = "#memory";

    /// <summary>Stands before the lines on processes.</summary>
    public const string ProcessesMark = "#processes";

    private const int BytesPerKiB = 1024;

    /// <summary>What <c>vm_stat</c> calls pages that programs may take.</summary>
    private static readonly string[] FreePages = ["Pages free", "Pages inactive", "Pages speculative", "Pages purgeable"];

    /// <summary>A tool waits for ever on a driver that hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    /// <summary>Asks; null where the host can't tell at all.</summary>
    public static async Task<MemorySnapshot?> ReadAsync(IHostConnection connection, string shell, IReadOnlyCollection<int> processIds, CancellationToken cancellationToken)
    {
        try
        {
            string text = CommandFor(ShellDialects.Parse(shell), processIds);
            CommandResult result = await connection.RunAsync(new HostCommand(text, Limit), cancellationToken).ConfigureAwait(false);
            return Parse(result.Output);
        }
        catch (IdleHandsException)
        {
            return null; // What can't run a command can't be asked.
        }
    }

    /// <summary>The command: the questions to the system, and behind them those to the GPUs' tools, which may hang. Few lines of each, since only the end of an output is kept.</summary>
    internal static string CommandFor(ShellDialect dialect, IReadOnlyCollection<int> processIds)
    {
        string ids = string.Join(dialect == ShellDialect.PowerShell ? ',' : ' ', processIds);
        string gpus = GpuMemory.CommandFor(dialect);
        return dialect switch
        {
            ShellDialect.PowerShell => $"'{MemoryMark}'; {PowerShellMemory}{(processIds.Count > 0 ? $"; '{ProcessesMark}'; {PowerShellProcesses(ids)}" : string.Empty)}; {gpus}",
            ShellDialect.Cmd => $"echo {MemoryMark}& powershell -NoProfile -NonInteractive -Command \"{PowerShellMemory}\"& ({gpus})",
            _ => $"echo '{MemoryMark}'; {PosixMemory}{(processIds.Count > 0 ? $"; echo '{ProcessesMark}'; {PosixProcesses(ids)}" : string.Empty)}; {gpus}",
        };
    }

    /// <summary>Reads what the command printed; null where it says nothing.</summary>
    internal static MemorySnapshot? Parse(string output)
    {
        Dictionary<string, List<string>> sections = GpuOutput.Split(output);
        GpuSnapshot? gpus = GpuOutput.Read(output);
        MemorySnapshot memory = ParseMemory(sections.GetValueOrDefault(MemoryMark) ?? []) with
        {
            Gpus = gpus,
            Processes = ParseProcesses(sections.GetValueOrDefault(ProcessesMark) ?? []),
        };
        return gpus is null && memory.TotalBytes is null ? null : memory;
    }

    /// <summary>Reads <c>/proc/meminfo</c>, with the limits of a container behind it, or what a Mac prints.</summary>
    internal static MemorySnapshot ParseMemory(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            ReadLine(line.Trim(), values);
        }

        if (values.TryGetValue("hw.memsize", out long size))
        {
            long? free = values.TryGetValue("page", out long page)
                ? page * FreePages.Sum(name => values.GetValueOrDefault(name))
                : null;
            return new MemorySnapshot { TotalBytes = size, AvailableBytes = free, Source = "sysctl", IsUnified = true };
        }

        long? total = Value(values, "MemTotal") * BytesPerKiB;
        long? available = (Value(values, "MemAvailable") ?? (Value(values, "MemFree") + Value(values, "Cached"))) * BytesPerKiB;
        if (Value(values, "limit") is { } limit && limit < total)
        {
            total = limit;
            available = Math.Min(available ?? limit, Math.Max(0, limit - (Value(values, "used") ?? 0) + (Value(values, "inactive_file") ?? 0)));
        }

        return new MemorySnapshot { TotalBytes = total, AvailableBytes = available, Source = values.ContainsKey("windows") ? "Windows" : "/proc/meminfo" };
    }

    /// <summary>Reads <c>process N</c> with the lines of <c>/proc/N/status</c>, or the KiB that <c>ps</c> prints, behind it.</summary>
    internal static IReadOnlyList<ProcessMemory> ParseProcesses(IEnumerable<string> lines)
    {
        var processes = new List<ProcessMemory>();
        int? id = null;
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in lines.Append("process "))
        {
            if (!line.StartsWith("process ", StringComparison.Ordinal))
            {
                ReadLine(line.Trim(), values);
                continue;
            }

            if (id is { } known && (Value(values, "VmRSS") ?? Value(values, string.Empty)) is { } resident)
            {
                long? own = (Value(values, "RssAnon") + Value(values, "RssShmem")) * BytesPerKiB;
                processes.Add(new ProcessMemory(known, resident * BytesPerKiB, own));
            }

            id = int.TryParse(line.AsSpan("process ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int next) ? next : null;
            values.Clear();
        }

        return processes;
    }

    private static long? Value(Dictionary<string, long> values, string name) => values.TryGetValue(name, out long value) ? value : null;

    /// <summary><c>MemTotal:  32768 kB</c>, <c>Pages free:  1234.</c>, <c>Mach Virtual Memory Statistics: (page size of 16384 bytes)</c>, <c>limit 1073741824</c>, <c>4711</c>.</summary>
    private static void ReadLine(string line, Dictionary<string, long> values)
    {
        const string PageSize = "page size of ";
        int page = line.IndexOf(PageSize, StringComparison.Ordinal);
        if (page >= 0)
        {
            Add(values, "page", line[(page + PageSize.Length)..]);
            return;
        }

        int end = line.IndexOf(':', StringComparison.Ordinal);
        end = end < 0 ? line.LastIndexOf(' ') : end;
        Add(values, end < 0 ? string.Empty : line[..end].Trim(), line[(end + 1)..]);
    }

    private static void Add(Dictionary<string, long> values, string name, string text)
    {
        ReadOnlySpan<char> number = text.AsSpan().Trim();
        int length = 0;
        while (length < number.Length && char.IsAsciiDigit(number[length]))
        {
            length++;
        }

        if (long.TryParse(number[..length], NumberStyles.None, CultureInfo.InvariantCulture, out long value))
        {
            values.TryAdd(name, value);
        }
    }

    private const string PosixMemory =
        "if [ -r /proc/meminfo ]; then grep -E '^(MemTotal|MemFree|MemAvailable|Cached):' /proc/meminfo; for ih_f in max:limit current:used; do "
        + "[ -r \"/sys/fs/cgroup/memory.${ih_f%:*}\" ] && echo \"${ih_f#*:} $(cat \"/sys/fs/cgroup/memory.${ih_f%:*}\")\"; done; "
        + "[ -r /sys/fs/cgroup/memory.stat ] && grep '^inactive_file ' /sys/fs/cgroup/memory.stat; else sysctl hw.memsize; vm_stat; fi 2>/dev/null";

    private const string PowerShellMemory =
        "if (Test-Path /proc/meminfo) { Get-Content /proc/meminfo | Where-Object { $_ -match '^(MemTotal|MemFree|MemAvailable|Cached):' } } elseif (Get-Command vm_stat -ErrorAction Ignore) { sysctl hw.memsize; vm_stat } "
        + "else { $os = Get-CimInstance Win32_OperatingSystem; 'windows 1'; 'MemTotal: ' + $os.TotalVisibleMemorySize; 'MemAvailable: ' + $os.FreePhysicalMemory }";

    private static string PosixProcesses(string ids) =>
        $"for ih_p in {ids}; do echo \"process $ih_p\"; if [ -r \"/proc/$ih_p/status\" ]; then grep -E '^(VmRSS|RssAnon|RssShmem):' \"/proc/$ih_p/status\"; else ps -o rss= -p \"$ih_p\"; fi; done 2>/dev/null";

    private static string PowerShellProcesses(string ids) =>
        $"Get-Process -Id {ids} -ErrorAction Ignore | ForEach-Object {{ 'process ' + $_.Id; 'VmRSS: ' + [long]($_.WorkingSet64 / 1KB) }}";
}

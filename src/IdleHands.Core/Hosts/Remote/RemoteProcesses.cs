using System.Globalization;
using IdleHands.Hosts.Local;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// The processes of a host at one moment, as its shell told them: from <c>/proc</c> where there is one (format: proc(5)),
/// else from <c>ps</c> (POSIX, and <c>lstart</c> of the BSDs and macOS).
/// </summary>
internal sealed class RemoteProcesses : IProcessView
{
    /// <summary>
    /// Writes lines that begin with a word: <c>boot</c>, <c>self</c>, <c>uptime</c>, <c>tick</c>, <c>mark</c> (a process and the launch id
    /// that it carries), then <c>stat</c> lines or <c>ps</c> lines. <c>ih_sees</c> fails where processes can't be told at all.
    /// </summary>
    public const string Script = """
        ih_boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.bootsessionuuid 2>/dev/null || sysctl -n kern.boottime 2>/dev/null || echo unknown; }
        ih_sees() { [ -r /proc/self/stat ] || [ -n "$(LC_ALL=C ps -o lstart= -p $$ 2>/dev/null)" ]; }
        ih_processes() {
          printf 'boot %s\nself %s\n' "$(ih_boot)" "$$"
          if [ -r /proc/self/stat ]; then
            printf 'uptime %s\n' "$(cat /proc/uptime 2>/dev/null)"
            printf 'tick %s\n' "$(getconf CLK_TCK 2>/dev/null || echo 100)"
            for ih_e in $(grep -ls IDLEHANDS_LAUNCH_ID= /proc/[0-9]*/environ 2>/dev/null); do
              ih_p=${ih_e#/proc/}
              printf 'mark %s %s\n' "${ih_p%%/*}" "$(tr '\0' '\n' 2>/dev/null <"$ih_e" | grep '^IDLEHANDS_LAUNCH_ID=')"
            done
            cat /proc/[0-9]*/stat 2>/dev/null
          else
            LC_ALL=C ps -axo pid=,ppid=,pgid=,stat=,time=,lstart= | while read -r ih_l; do printf 'ps %s\n' "$ih_l"; done
          fi
        }
        """;

    private const int GroupField = 2;
    private const int FieldsOfPs = 10;
    private const int SecondsOfDay = 24 * 60 * 60;
    private const string StartFormat = "MMM d HH:mm:ss yyyy";

    private readonly Dictionary<int, UnixProcess> _all = [];
    private readonly Dictionary<int, int> _groups = [];
    private readonly Dictionary<int, string> _marks = [];
    private double _uptime;
    private double _ticks = 100;

    private RemoteProcesses()
    {
    }

    /// <inheritdoc />
    public string BootId { get; private set; } = string.Empty;

    /// <summary>The shell that wrote it down.</summary>
    public int OwnId { get; private set; }

    /// <summary>Reads what the script wrote. Lines that it does not know are left out.</summary>
    public static RemoteProcesses Parse(IEnumerable<string> lines)
    {
        var processes = new RemoteProcesses();
        foreach (string line in lines)
        {
            processes.Add(line);
        }

        return processes;
    }

    /// <inheritdoc />
    public UnixProcess? Find(int processId) => _all.TryGetValue(processId, out UnixProcess process) ? process : null;

    /// <inheritdoc />
    /// <remarks>Where no session could be had, the launch leads a process group; and <c>ps</c> does not tell sessions everywhere.</remarks>
    public IReadOnlyList<UnixProcess> OfSession(int sessionId) =>
        _all.Values.Where(process => process.SessionId == sessionId || _groups[process.Id] == sessionId).ToArray();

    /// <inheritdoc />
    public IEnumerable<UnixProcess> All() => _all.Values;

    /// <inheritdoc />
    public bool TryReadEnvironment(int processId, string name, out string? value) => _marks.TryGetValue(processId, out value);

    /// <summary>Sum of the CPU time of processes.</summary>
    public long MeasureActivity(IEnumerable<int> processIds) => processIds.Sum(id => Find(id)?.CpuTime ?? 0);

    /// <summary>True when a process leads a session or a process group.</summary>
    public bool Leads(int processId) => Find(processId) is { } process && (process.SessionId == processId || _groups[processId] == processId);

    /// <summary>When a process was started, by the clock of this machine; now, where it can't be told.</summary>
    public DateTimeOffset StartedAt(UnixProcess process, DateTimeOffset now) =>
        _uptime > 0 ? now - TimeSpan.FromSeconds(Math.Max(0, _uptime - (process.StartTime / _ticks))) : now;

    /// <summary>A process and its start as the host itself writes it, for <see cref="RemoteSignals"/>.</summary>
    public string Identity(int processId)
    {
        UnixProcess process = _all[processId];
        return _uptime > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{process.Id}:{process.StartTime}")
            : string.Create(CultureInfo.InvariantCulture, $"{process.Id}:{DateTime.UnixEpoch.AddSeconds(process.StartTime).ToString("ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture)}");
    }

    private void Add(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words.FirstOrDefault())
        {
            case null:
                break;
            case "boot":
                BootId = line["boot ".Length..].Trim();
                break;
            case "self" when words.Length == 2 && TryNumber(words[1], out int id):
                OwnId = id;
                break;
            case "uptime" when words.Length >= 2:
                _ = double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out _uptime);
                break;
            case "tick" when words.Length == 2 && double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double ticks) && ticks > 0:
                _ticks = ticks;
                break;
            case "mark" when words.Length == 3 && TryNumber(words[1], out int marked):
                _marks[marked] = words[2][(words[2].IndexOf('=', StringComparison.Ordinal) + 1)..];
                break;
            case "ps":
                AddFromPs(words);
                break;
            default:
                AddFromStat(line);
                break;
        }
    }

    private void AddFromStat(string line)
    {
        int nameEnd = line.LastIndexOf(')');
        if (!char.IsAsciiDigit(line[0]) || nameEnd < 0)
        {
            return;
        }

        try
        {
            if (LinuxProcessTable.ParseStat(line) is { } process)
            {
                Add(process, int.Parse(line[(nameEnd + 2)..].Split(' ')[GroupField], CultureInfo.InvariantCulture));
            }
        }
        catch (FormatException)
        {
            // A name with a line end in it: that process can't be told from its line.
        }
    }

    /// <summary><c>ps PID PPID PGID STAT TIME DAY MONTH DATE HOUR YEAR</c>.</summary>
    private void AddFromPs(string[] words)
    {
        if (words.Length <= FieldsOfPs
            || words[4].StartsWith('Z')
            || !TryNumber(words[1], out int id) || !TryNumber(words[2], out int parent) || !TryNumber(words[3], out int group)
            || !DateTime.TryParseExact(string.Join(' ', words[7..11]), StartFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime start))
        {
            return;
        }

        Add(new UnixProcess(id, group, (long)(start - DateTime.UnixEpoch).TotalSeconds, CpuTime(words[5]), parent), group);
    }

    private void Add(UnixProcess process, int group)
    {
        _all[process.Id] = process;
        _groups[process.Id] = group;
    }

    /// <summary><c>[[dd-]hh:]mm:ss[.cc]</c>, in hundredths of a second.</summary>
    internal static long CpuTime(string text)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        double total = 0;
        foreach (string part in text[(dash + 1)..].Split(':'))
        {
            total = (total * 60) + Number(part);
        }

        return (long)(((dash > 0 ? Number(text[..dash]) * SecondsOfDay : 0) + total) * 100);

        static double Number(string part) => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : 0;
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

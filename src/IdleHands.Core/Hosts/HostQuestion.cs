using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IdleHands.Templates;

namespace IdleHands.Hosts;

/// <summary>What the shell of a host answered.</summary>
/// <param name="Missing">Programs that it does not find, each with why: <c>missing</c>, <c>noexec</c>.</param>
/// <param name="Logs">Its directory of state and logs; null where it wasn't asked for.</param>
/// <param name="Clock">Its time, in whole seconds; null where it wasn't told.</param>
internal sealed record HostAnswer(IReadOnlyDictionary<string, string> Missing, DirectoryLook? Logs, DateTimeOffset? Clock);

/// <summary>
/// One command for the shell of a host that tells all that the shell alone knows: which programs it finds, and, of a host
/// that is not this machine, its clock and its directory of logs. Nothing is written there.
/// </summary>
internal static partial class HostQuestion
{
    /// <summary>Stands before the answer. A shell that does not print it does not work.</summary>
    public const string Begin = "#idlehands-look";

    private const string Posix = """
        ih_i=0
        ih_look() {
          case $1 in
            */*) if [ ! -e "$1" ]; then echo "missing $ih_i"; elif [ -d "$1" ] || [ ! -x "$1" ]; then echo "noexec $ih_i"; fi ;;
            *) command -v "$1" >/dev/null 2>&1 || echo "missing $ih_i" ;;
          esac
          ih_i=$((ih_i + 1))
        }
        """;

    private const string PosixHost = """
        echo "clock $(date +%s)"
        ih_d=${IDLEHANDS_STATE_DIR:-${XDG_STATE_HOME:-$HOME/.local/state}/idlehands}
        echo "directory $ih_d"
        [ -d "$ih_d/logs" ] && ih_x=$ih_d/logs || ih_x=$ih_d
        while [ ! -e "$ih_x" ] && [ -n "$ih_x" ]; do ih_x=${ih_x%/*}; done
        ih_x=${ih_x:-/}
        if [ ! -d "$ih_x" ]; then echo "problem '$ih_x' is no directory"; elif [ ! -w "$ih_x" ] || [ ! -x "$ih_x" ]; then echo "problem '$ih_x' can't be written to"; fi
        df -Pk "$ih_x" 2>/dev/null | while read -r ih_l; do echo "disk $ih_l"; done
        """;

    /// <summary>.NET alone, so that it needs no module.</summary>
    private const string PowerShellHost =
        "'clock ' + [DateTimeOffset]::UtcNow.ToUnixTimeSeconds(); "
        + "$ih_d = if ($env:IDLEHANDS_STATE_DIR) { $env:IDLEHANDS_STATE_DIR } elseif ($env:XDG_STATE_HOME) { [IO.Path]::Combine($env:XDG_STATE_HOME, 'idlehands') } else { [IO.Path]::Combine($HOME, '.local', 'state', 'idlehands') }; "
        + "'directory ' + $ih_d; while (-not [IO.Path]::Exists($ih_d)) { $ih_d = [IO.Path]::GetDirectoryName($ih_d) }; "
        + "if ([IO.File]::Exists($ih_d)) { \"problem '$ih_d' is no directory\" } else { 'free ' + [IO.DriveInfo]::new($ih_d).AvailableFreeSpace }; ";

    /// <summary>The command.</summary>
    /// <param name="dialect">How the shell of the host reads it.</param>
    /// <param name="programs">The programs to look for.</param>
    /// <param name="asksHost">True: tell of clock and directory, too.</param>
    public static string Write(ShellDialect dialect, IReadOnlyList<string> programs, bool asksHost) => dialect switch
    {
        ShellDialect.PowerShell => WritePowerShell(programs, asksHost),
        ShellDialect.Cmd => WriteCmd(programs),
        _ => WritePosix(programs, asksHost),
    };

    /// <summary>Reads the answer; null where the shell gave none.</summary>
    public static HostAnswer? Read(string output, IReadOnlyList<string> programs)
    {
        string[] lines = [.. output.Split('\n').Select(line => line.TrimEnd('\r', ' ')).SkipWhile(line => line != Begin).Skip(1)];
        if (lines.Length == 0)
        {
            return null;
        }

        var missing = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            if (words is ["missing" or "noexec", var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < programs.Count)
            {
                missing[programs[index]] = words[0];
            }
        }

        return new HostAnswer(missing, DirectoryOf(lines), Number(lines, "clock ") is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null);
    }

    private static DirectoryLook? DirectoryOf(string[] lines)
    {
        if (Value(lines, "directory ") is not { } path)
        {
            return null;
        }

        // A file system may have a blank in its name; the numbers stand right before the percentage.
        long? free = lines.Select(line => DiskLine().Match(line)).FirstOrDefault(match => match.Success) is { } disk
            ? long.Parse(disk.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) << 10
            : Number(lines, "free ");
        return new DirectoryLook(path, Value(lines, "problem "), free);
    }

    private static string? Value(string[] lines, string word) =>
        Array.Find(lines, line => line.StartsWith(word, StringComparison.Ordinal))?[word.Length..];

    private static long? Number(string[] lines, string word) =>
        long.TryParse(Value(lines, word), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string WritePosix(IReadOnlyList<string> programs, bool asksHost)
    {
        var text = new StringBuilder().Append("echo '").Append(Begin).Append("'\n").Append(Posix).Append('\n');
        foreach (string program in programs)
        {
            string word = program.StartsWith("~/", StringComparison.Ordinal)
                ? "\"$HOME\"/" + PosixQuoting.Instance.Quote(program[2..])
                : PosixQuoting.Instance.Quote(program);
            text.Append("ih_look ").Append(word).Append('\n');
        }

        // The disk last: that of a server that is gone may never answer.
        return text.Append(asksHost ? PosixHost : ":").Append('\n').ToString();
    }

    private static string WritePowerShell(IReadOnlyList<string> programs, bool asksHost)
    {
        string names = string.Join(", ", programs.Select(PowerShellQuoting.Instance.Quote));
        return $"'{Begin}'; {(asksHost ? PowerShellHost : string.Empty)}$ih_i = 0; "
            + $"foreach ($ih_p in @({names})) {{ if (-not (Get-Command -Name $ih_p -ErrorAction Ignore)) {{ \"missing $ih_i\" }}; $ih_i++ }}";
    }

    private static string WriteCmd(IReadOnlyList<string> programs)
    {
        IEnumerable<string> looks = programs.Select((program, index) => string.Create(
            CultureInfo.InvariantCulture,
            $"({(program.Contains('\\', StringComparison.Ordinal) ? $"if not exist \"{program}\" echo missing {index}" : $"where \"{program}\" >nul 2>nul || echo missing {index}")})"));
        return string.Join("& ", looks.Prepend($"(echo {Begin})"));
    }

    [GeneratedRegex(@"^disk .*\s\d+\s+\d+\s+(\d+)\s+\d+%", RegexOptions.CultureInvariant)]
    private static partial Regex DiskLine();
}

using System.Globalization;
using System.Text.RegularExpressions;
using IdleHands.Health;

namespace IdleHands.Execution;

/// <summary>Why a server did not start, as far as its exit code and log tell.</summary>
/// <param name="Name">One of <see cref="FailureWord"/>.</param>
/// <param name="Advice">What to do, naming a command.</param>
internal sealed partial record FailureCause(string Name, string Advice)
{
    /// <summary>How many of the last lines of a log are worth reading for a cause.</summary>
    public const int LogLines = 200;

    /// <summary>Where marks count that harmless lines have as well.</summary>
    private const int LastLines = 12;

    private const int SignalBase = 128;
    private const int HighestSignal = 64;
    private const int AbortSignal = 6;
    private const int LowestException = unchecked((int)0x80000000);
    private const int HighestException = unchecked((int)0xEFFFFFFF);
    private const int UsualContext = 8192;

    /// <summary>A shorter name of a model may stand in any line.</summary>
    private const int ShortestName = 5;

    private static readonly Mark[] s_certain = Read(FailureMarks.Certain);
    private static readonly Mark[] s_strong = [.. s_certain, .. Read(FailureMarks.Strong)];
    private static readonly Mark[] s_weak = Read(FailureMarks.Weak);

    /// <summary>False when nothing told why.</summary>
    public bool IsKnown => Name != FailureWord.Unknown;

    /// <summary>Tells why a launch failed.</summary>
    /// <param name="exitCode">Exit code of the start command; null where it isn't known.</param>
    /// <param name="log">The end of its log, <see cref="LogLines"/> long where there is as much.</param>
    /// <param name="model">The model that was started.</param>
    public static FailureCause Classify(int? exitCode, IReadOnlyList<string> log, RuntimeModel model)
    {
        (string word, string? line) = Find(exitCode, log, ModelNames(model));
        string advice = FailureMarks.Advice.GetValueOrDefault(word, FailureMarks.CrashAdvice);
        return new FailureCause(word, Fill(advice, line, model));
    }

    /// <summary>The word, and the line that told it.</summary>
    private static (string Word, string? Line) Find(int? exitCode, IReadOnlyList<string> log, string[] modelNames)
    {
        List<(string Lower, string Line)> telling = TellingLines(log);
        if (exitCode is { } code && FailureMarks.ShellCodes.TryGetValue(code, out string? ofShell))
        {
            return FindLast(s_certain, telling, modelNames) ?? (ofShell, telling.LastOrDefault().Line);
        }

        if (FindLast(s_strong, telling, modelNames) is { } strong)
        {
            return strong;
        }

        string? ofEnd = WordOfEnd(exitCode);
        if (ofEnd is not null && ofEnd != FailureWord.EndedBySignal(AbortSignal))
        {
            return (ofEnd, null);
        }

        // A program aborts when it has said why; that is then in its last lines.
        (string Word, string? Line)? weak = FindLast(s_weak, TellingLines([.. log.TakeLast(LastLines)]), modelNames);
        return weak switch
        {
            { Word: FailureMarks.EitherMemory } => (WhichMemory(log), weak.Value.Line),
            not null => weak.Value,
            null => (ofEnd ?? FailureWord.Unknown, null),
        };
    }

    /// <summary>What the exit code alone tells of how it ended.</summary>
    private static string? WordOfEnd(int? exitCode) => exitCode switch
    {
        null => null,
        >= LowestException and <= HighestException =>
            FailureMarks.WindowsCodes.GetValueOrDefault((uint)exitCode.Value) ?? FailureWord.EndedByException(exitCode.Value),
        > SignalBase and <= SignalBase + HighestSignal => FailureWord.EndedBySignal(exitCode.Value - SignalBase),
        _ => null,
    };

    private static string WhichMemory(IReadOnlyList<string> log) =>
        log.Any(line => FailureMarks.DeviceNames.Any(name => line.Contains(name, StringComparison.OrdinalIgnoreCase)))
            ? FailureWord.OutOfDeviceMemory
            : FailureWord.OutOfHostMemory;

    private static List<(string Lower, string Line)> TellingLines(IReadOnlyList<string> log)
    {
        var lines = new List<(string, string)>(log.Count);
        string? reasonPrefix = null;
        foreach (string line in log)
        {
            string lower = line.ToLowerInvariant();
            bool isReason = reasonPrefix is not null && lower.StartsWith(reasonPrefix, StringComparison.Ordinal);
            reasonPrefix = null;
            if (isReason || MildLevel().IsMatch(line) || Array.Exists(FailureMarks.Harmless, mark => lower.Contains(mark, StringComparison.Ordinal)))
            {
                reasonPrefix = !isReason && lower.Contains(FailureMarks.HarmlessWithReason, StringComparison.Ordinal) ? PrefixOf(lower) : null;
                continue;
            }

            lines.Add((lower, line));
        }

        return lines;
    }

    /// <summary>What a line starts with to say who writes: <c>ggml_vulkan:</c>.</summary>
    private static string? PrefixOf(string line) => line.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? line[..(end + 1)] : null;

    private static Mark[] Read((string Word, string[] Marks)[] table) =>
    [
        .. table.SelectMany(row => row.Marks.Select(mark =>
        {
            bool namesModel = mark.StartsWith(FailureMarks.ModelPart, StringComparison.Ordinal);
            return new Mark(row.Word, (namesModel ? mark[FailureMarks.ModelPart.Length..] : mark).Split('…'), namesModel, mark.Length);
        })),
    ];

    /// <summary>
    /// The last line that has a mark. Where a line has several, the longest says most: <c>failed to open gguf
    /// file…permission denied</c>.
    /// </summary>
    private static (string Word, string? Line)? FindLast(Mark[] marks, List<(string Lower, string Line)> lines, string[] modelNames)
    {
        for (int index = lines.Count - 1; index >= 0; index--)
        {
            (string lower, string line) = lines[index];
            bool namesModel = Array.Exists(modelNames, name => lower.Contains(name, StringComparison.Ordinal));
            if (marks.Where(mark => mark.IsIn(lower, namesModel)).MaxBy(mark => mark.Length) is { } found)
            {
                return (found.Word, line);
            }
        }

        return null;
    }

    /// <summary>How a log may name the model: by its source, or by the file's name.</summary>
    private static string[] ModelNames(RuntimeModel model)
    {
        string source = model.Source.ToLowerInvariant();
        return [.. new[] { source, source.Split('/', '\\')[^1] }.Where(name => name.Length >= ShortestName)];
    }

    private static string Fill(string advice, string? line, RuntimeModel model)
    {
        int port = PortIn(line) ?? model.EffectivePort;
        int context = model.ContextWindow is > 1 and { } window ? window / 2 : UsualContext;
        string note = model.StartCommand.Contains("{context_window}", StringComparison.Ordinal) ? string.Empty : " (its start command must ask for {context_window})";
        return advice
            .Replace("<id>", model.Id, StringComparison.Ordinal)
            .Replace("<port>", Text(port), StringComparison.Ordinal)
            .Replace("<next>", Text(port < ushort.MaxValue ? port + 1 : port - 1), StringComparison.Ordinal)
            .Replace("<context>", Text(context) + note, StringComparison.Ordinal)
            .Replace("<path>", (PathIn(line) ?? model.Source).Replace("'", "''", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The path that a line names in quotes.</summary>
    private static string? PathIn(string? line)
    {
        string? path = line is null ? null : QuotedPath().Match(line) is { Success: true } match ? match.Groups[1].Value : null;
        return path is null ? null : ReplyText.Clean(path);
    }

    /// <summary>The port that a line names: the last number behind a colon, a comma or the word itself.</summary>
    private static int? PortIn(string? line) =>
        line is not null && LastPort().Match(line) is { Success: true } match && int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) is > 0 and <= ushort.MaxValue and var port
            ? port
            : null;

    /// <summary>A level of loggers that is no failure, near the start of a line.</summary>
    [GeneratedRegex(@"^.{0,80}?(?<![\w-])(?:INFO|DEBUG|TRACE|WARN|WARNING)(?![\w-])", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MildLevel();

    [GeneratedRegex("['\"‘`]([^'\"’`]*[/\\\\][^'\"’`]*)['\"’`]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QuotedPath();

    [GeneratedRegex(@"(?:port[ :=]+|:|, )(\d{4,5})\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.RightToLeft, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastPort();

    /// <summary>A mark as it is looked for.</summary>
    private sealed record Mark(string Word, string[] Parts, bool NamesModel, int Length)
    {
        public bool IsIn(string line, bool namesModel)
        {
            if (NamesModel && !namesModel)
            {
                return false;
            }

            int start = 0;
            foreach (string part in Parts)
            {
                int at = line.IndexOf(part, start, StringComparison.Ordinal);
                if (at < 0)
                {
                    return false;
                }

                start = at + part.Length;
            }

            return true;
        }
    }
}

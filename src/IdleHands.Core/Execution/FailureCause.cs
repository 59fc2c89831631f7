namespace IdleHands.Execution;

/// <summary>Why a server did not start, as far as its exit code and log tell.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="Advice">What to do, naming a command.</param>
internal sealed record FailureCause(string Name, string Advice)
{
    private const int CommandNotFound = 127;
    private const int NotExecutable = 126;
    private const int SignalBase = 128;
    private const int KillSignal = 9;
    private const string ModelMark = "<model>";

    /// <summary>What a log line holds when this is why; the first match counts, the most telling first.</summary>
    private static readonly (string[] Marks, FailureCause Cause)[] LogMarks =
    [
        (["couldn't bind", "address already in use", "eaddrinuse", "errno: 98"],
            new("port in use", "Get-IHRuntime and Test-IHHealth show who answers there; Set-IHModel <model> -Port gives the model another port.")),
        (["out of memory", "cudamalloc failed", "failed to allocate", "unable to allocate", "erroroutofdevicememory", "bad_alloc", "cannot allocate memory"],
            new("out of memory", "Lower the context window (Set-IHModel <model> -ContextWindow), offload fewer layers (Set-IHBackend -Argument), or stop what else uses the memory.")),
        (["invalid argument:", "unrecognized option", "unknown argument", "unrecognized arguments", "unknown option"],
            new("unknown option", "Compare the start command (Get-IHModel <model> | Format-List StartCommand) with the server's --help.")),
        (["no such file or directory", "failed to open gguf", "failed to load model", "error loading model", "invalid magic"],
            new("model file missing or corrupt", "Check the path: Get-IHModel <model> | Format-List Source; a file that is there may be truncated: download it again.")),
        (["permission denied"],
            new("permission denied", "Check the rights of the model file and of the server's program.")),
    ];

    /// <summary>The cause; null where it can't be told.</summary>
    /// <param name="exitCode">Exit code of the start command; null where it isn't known.</param>
    /// <param name="log">The end of its log.</param>
    /// <param name="model">The model, whom the advice names.</param>
    public static FailureCause? Classify(int? exitCode, IReadOnlyList<string> log, RuntimeModel model) =>
        Classify(exitCode, log) is { } cause ? cause with { Advice = cause.Advice.Replace(ModelMark, model.Id, StringComparison.Ordinal) } : null;

    private static FailureCause? Classify(int? exitCode, IReadOnlyList<string> log)
    {
        if (exitCode == CommandNotFound)
        {
            return new FailureCause("command not found", "Install the server, or give its full path: Set-IHModel <model> -StartCommand.");
        }

        if (exitCode == NotExecutable)
        {
            return new FailureCause("not executable", "Make the server's program executable, or give another: Set-IHModel <model> -StartCommand.");
        }

        foreach (var (marks, cause) in LogMarks)
        {
            if (log.Any(line => marks.Any(mark => line.Contains(mark, StringComparison.OrdinalIgnoreCase))))
            {
                return cause;
            }
        }

        return exitCode is > SignalBase and < SignalBase + 65 ? BySignal(exitCode.Value - SignalBase) : null;
    }

    private static FailureCause BySignal(int signal) => signal == KillSignal
        ? new FailureCause("killed (signal 9)", "Somebody killed it, or the system ran out of memory: look at the system log (dmesg).")
        : new FailureCause($"ended by signal {signal}", "Read its whole log (Get-Content, with the LogPath of the result); a crash is the server's own fault: try another build of it.");
}

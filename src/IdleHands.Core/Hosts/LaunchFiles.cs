namespace IdleHands.Hosts;

/// <summary>The files of one launch, in the log directory.</summary>
/// <param name="Log">Output of the command.</param>
/// <param name="ExitCode">Holds the exit code of the start command, once it has ended.</param>
internal sealed record LaunchFiles(string Log, string ExitCode)
{
    /// <summary>What the names of a launch's files end with, behind its id; among them files that are being written, and the note of a log on another host.</summary>
    public static readonly NameList Endings = new(".log", ".exit", ".log.1", ".log.1.new", ".exit.new", ".go", RemoteLogNote.Ending);

    /// <summary>What was kept of the log when it had grown too long and was begun anew.</summary>
    public string Older => OlderOf(Log);

    /// <summary>The files of a launch in this directory.</summary>
    public static LaunchFiles In(string directory, string launchId) => new(
        Path.Combine(directory, launchId + ".log"),
        Path.Combine(directory, launchId + ".exit"));

    /// <summary>The older part of a log.</summary>
    public static string OlderOf(string log) => log + ".1";
}

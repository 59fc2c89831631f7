namespace IdleHands.Hosts.Local;

/// <summary>
/// How a program is started in a session of its own: the words to put before it. <c>setsid</c> belongs to util-linux;
/// macOS has perl; else python. Each replaces itself by the program, so that its process id is the session's.
/// </summary>
internal static class SessionStarter
{
    /// <summary>All ways that this machine offers, best first.</summary>
    public static IEnumerable<NameList> All()
    {
        if (Executables.Find("setsid") is { } setsid)
        {
            yield return new NameList(setsid);
        }

        if (Executables.Find("perl") is { } perl)
        {
            yield return new NameList(perl, "-e", "use POSIX; POSIX::setsid(); exec {$ARGV[0]} @ARGV; exit 127");
        }

        if (Executables.Find("python3") is { } python)
        {
            yield return new NameList(python, "-c", "import os,sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])");
        }
    }
}

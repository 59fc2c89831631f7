namespace IdleHands.Diagnostics;

/// <summary>Programs that run another one, whose name follows their own options.</summary>
internal static class ProgramWrappers
{
    /// <summary>For each, its options that take a value as a word of their own, and how many words come before the program.</summary>
    private static readonly Dictionary<string, (string[] Valued, int Before)> Wrappers = new(StringComparer.Ordinal)
    {
        ["nohup"] = ([], 0),
        ["setsid"] = ([], 0),
        ["exec"] = (["-a"], 0),
        ["time"] = (["-f", "-o", "--format", "--output"], 0),
        ["sudo"] = (["-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-D", "--chdir", "-R", "-T", "-r", "-t"], 0),
        ["doas"] = (["-u", "-C"], 0),
        ["env"] = (["-u", "--unset", "-C", "--chdir"], 0),
        ["nice"] = (["-n", "--adjustment"], 0),
        ["ionice"] = (["-c", "--class", "-n", "--classdata"], 0),
        ["chrt"] = ([], 1),
        ["stdbuf"] = (["-i", "-o", "-e", "--input", "--output", "--error"], 0),
        ["timeout"] = (["-s", "--signal", "-k", "--kill-after"], 1),
        ["taskset"] = ([], 1),
        ["numactl"] = (["-i", "-N", "-m", "-C", "-p", "-w"], 0),
        ["caffeinate"] = (["-t", "-w"], 0),
        ["unbuffer"] = ([], 0),
        ["command"] = ([], 0),
        ["builtin"] = ([], 0),
    };

    /// <summary>Index of the word behind a wrapper's own options; null where the word is no wrapper, or asks something of it that runs nothing (<c>command -v</c>).</summary>
    public static int? SkipOptions(IReadOnlyList<ShellToken> words, int at)
    {
        string name = words[at].Text[(words[at].Text.LastIndexOf('/') + 1)..];
        if (!Wrappers.TryGetValue(name, out (string[] Valued, int Before) wrapper))
        {
            return null;
        }

        for (at++; at < words.Count && words[at].Text.StartsWith('-'); at++)
        {
            string option = words[at].Text;
            if (option == "--")
            {
                at++;
                break;
            }

            if ((name == "command" && option is "-v" or "-V") || (name == "env" && option is "-S" or "--split-string"))
            {
                return words.Count;
            }

            if (wrapper.Valued.Contains(option))
            {
                at++;
            }
        }

        return at + wrapper.Before;
    }
}

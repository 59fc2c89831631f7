using System.Text;

namespace IdleHands.Hosts.Local;

/// <summary>
/// Texts that Windows takes where Unix takes lists: one command line for all arguments, one block for the whole
/// environment. Pure, so that it can be tested anywhere.
/// </summary>
internal static class WindowsCommandLine
{
    /// <summary>The command line that makes this shell run a text and end with its exit code.</summary>
    /// <param name="shell"><c>pwsh</c>, <c>cmd</c>, <c>bash</c> or <c>sh</c>.</param>
    /// <param name="path">Its executable.</param>
    /// <param name="text">The command.</param>
    public static string ForShell(string shell, string path, string text) => shell switch
    {
        // -Command and not -EncodedCommand: that form makes pwsh write its streams as CLIXML, and costs 2.7 times the
        // length of a line that may have 32,767 characters.
        "pwsh" => $"{Quote(path)} -NoLogo -NoProfile -NonInteractive -Command {Quote(PowerShellCommand.KeepingExitCode(text))}",

        // With /s, cmd takes off the outer quotes and reads what is between them as it stands. /d: no AutoRun.
        // /v:off: an exclamation mark is text, whatever the registry says.
        "cmd" => $"{Quote(path)} /d /e:on /v:off /s /c \"{text}\"",
        _ => $"{Quote(path)} -c {Quote(text)}",
    };

    /// <summary>One argument, written so that the C runtime's parser gives it back unchanged.</summary>
    public static string Quote(string argument)
    {
        if (argument.Length > 0 && argument.IndexOfAny([' ', '\t', '\n', '\v', '"']) < 0)
        {
            return argument;
        }

        var quoted = new StringBuilder("\"");
        int backslashes = 0;
        foreach (char sign in argument)
        {
            // Backslashes count only before a quote: there they are doubled, and one more keeps the quote.
            if (sign == '"')
            {
                quoted.Append('\\', backslashes + 1);
            }

            backslashes = sign == '\\' ? backslashes + 1 : 0;
            quoted.Append(sign);
        }

        return quoted.Append('\\', backslashes).Append('"').ToString();
    }

    /// <summary>
    /// The environment block of a new process: <c>NAME=value</c> in the order of upper-case names, each ended by a NUL,
    /// and one more NUL. Names are the same whatever their case.
    /// </summary>
    /// <exception cref="IdleHandsException">A name or value that the block can't hold (<c>LaunchFailed</c>).</exception>
    public static string EnvironmentBlock(
        IEnumerable<KeyValuePair<string, string>> inherited, IEnumerable<KeyValuePair<string, string>> added)
    {
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string value) in inherited)
        {
            variables[name] = value;
        }

        foreach ((string name, string value) in added)
        {
            RequireHoldable(name, value);
            variables[name] = value;
        }

        var block = new StringBuilder();
        foreach ((string name, string value) in variables.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
        {
            block.Append(name).Append('=').Append(value).Append('\0');
        }

        // An empty environment, too, ends with two NULs.
        return block.Append(block.Length == 0 ? "\0\0" : "\0").ToString();
    }

    private static void RequireHoldable(string name, string value)
    {
        // The value may be a secret: it is not shown.
        if (name.Length == 0 || name.AsSpan().IndexOfAny('=', '\0') >= 0 || value.Contains('\0', StringComparison.Ordinal))
        {
            throw new IdleHandsException(
                "LaunchFailed",
                FailureKind.InvalidArgument,
                $"The environment variable '{name.Replace("\0", "\\0", StringComparison.Ordinal)}' can't be set: a name is not empty and holds no '=', and neither name nor value holds a NUL character.",
                "Correct it with: Set-IHBackend -Environment",
                name);
        }
    }
}

using System.Text;

namespace IdleHands.Diagnostics;

/// <summary>
/// Finds the programs that a command for PowerShell or the Windows command processor runs: those that are named plainly at
/// the start of a statement.
/// </summary>
internal static class OtherPrograms
{
    private static readonly string[] PowerShellKeywords =
        ["if", "else", "elseif", "foreach", "for", "while", "do", "switch", "try", "catch", "finally", "function", "param", "return", "throw", "exit", "break", "continue", "trap", "begin", "process", "end", "class", "using"];

    private static readonly string[] CmdBuiltins =
        ["set", "echo", "call", "start", "cd", "chdir", "pushd", "popd", "if", "for", "rem", "exit", "type", "copy", "del", "title", "goto", "mkdir", "md", "rd", "rmdir", "move", "ren", "ver", "verify", "vol", "cls", "path", "setlocal", "endlocal", "shift", "pause"];

    /// <summary>The programs of a PowerShell command.</summary>
    public static IReadOnlyList<ProgramNeed> OfPowerShell(string command) => Read(command, '`', "'\"", FirstOfPowerShell);

    /// <summary>The programs of a command for cmd.</summary>
    public static IReadOnlyList<ProgramNeed> OfCmd(string command) => Read(command, '^', "\"", FirstOfCmd);

    private static IReadOnlyList<ProgramNeed> Read(string command, char escape, string quotes, Func<List<ShellToken>, (string? Program, bool CanGoOn)> first)
    {
        var needs = new ProgramNeeds();
        var words = new List<ShellToken>();
        foreach (ShellToken token in Tokens(command, escape, quotes).Append(new ShellToken(";", IsOperator: true)))
        {
            if (!token.IsOperator)
            {
                words.Add(token);
                continue;
            }

            (string? program, bool canGoOn) = first(words);
            if (!canGoOn)
            {
                return needs.Finish();
            }

            if (program is not null)
            {
                needs.Add(program);
            }

            words.Clear();
            switch (token.Text)
            {
                case "|" or "&&":
                    break;
                case "||":
                    needs.Otherwise();
                    break;
                default:
                    needs.EndList();
                    break;
            }
        }

        return needs.Finish();
    }

    private static (string? Program, bool CanGoOn) FirstOfPowerShell(List<ShellToken> words)
    {
        bool isCalled = words.Count > 1 && !words[0].IsQuoted && words[0].Text is "&" or ".";
        if (words.ElementAtOrDefault(isCalled ? 1 : 0) is not { } word)
        {
            return (null, true);
        }

        // What a statement decides, and what follows a change of PATH or place, can't be told.
        bool isOpen = word.Text.StartsWith("$env:PATH", StringComparison.OrdinalIgnoreCase)
            || (!word.IsQuoted && (PowerShellKeywords.Contains(word.Text, StringComparer.OrdinalIgnoreCase) || word.Text is "Set-Location" or "cd" or "Push-Location"));
        bool isName = word.IsLiteral && (isCalled || !word.IsQuoted) && word.Text.Length > 0 && (char.IsAsciiLetterOrDigit(word.Text[0]) || word.Text[0] is '.' or '/' or '~' or '_' || word.IsQuoted);
        return (isName && !isOpen ? word.Text : null, !isOpen);
    }

    private static (string? Program, bool CanGoOn) FirstOfCmd(List<ShellToken> words)
    {
        string? name = words.Count == 0 ? null : words[0].Text.TrimStart('@');
        if (string.IsNullOrEmpty(name))
        {
            return (null, true);
        }

        bool isBuiltin = CmdBuiltins.Contains(name, StringComparer.OrdinalIgnoreCase);
        bool changes = name.ToUpperInvariant() is "IF" or "FOR" or "CALL" or "PATH" or "CD" or "PUSHD"
            || (isBuiltin && words.Skip(1).Any(word => word.Text.StartsWith("PATH=", StringComparison.OrdinalIgnoreCase)));
        return (isBuiltin || name.Contains('%', StringComparison.Ordinal) ? null : name, !changes);
    }

    private static IEnumerable<ShellToken> Tokens(string command, char escape, string quotes)
    {
        var word = new StringBuilder();
        bool isQuoted = false;
        bool isLiteral = true;
        int depth = 0;
        for (int i = 0; i <= command.Length; i++)
        {
            char character = i < command.Length ? command[i] : '\n';
            string two = i + 1 < command.Length ? command.Substring(i, 2) : string.Empty;
            string? found = two is "&&" or "||" ? two : character is ';' or '|' or '\n' || (character == '&' && escape == '^') ? character.ToString() : null;
            if (character == escape && i + 1 < command.Length)
            {
                word.Append(command[++i]);
            }
            else if (quotes.Contains(character))
            {
                int close = command.IndexOf(character, i + 1);
                close = close < 0 ? command.Length : close;
                string inner = command[Math.Min(i + 1, close)..close];
                isLiteral &= character == '\'' || !inner.Contains('$', StringComparison.Ordinal);
                word.Append(inner);
                isQuoted = true;
                i = close;
            }
            else if (character is '(' or '{' or ')' or '}')
            {
                // What stands in a block or an expression is run when somebody asks for it.
                depth = Math.Max(0, depth + (character is '(' or '{' ? 1 : -1));
                isLiteral = false;
                word.Append(character);
            }
            else if (depth == 0 && (found is not null || char.IsWhiteSpace(character)))
            {
                if (word.Length > 0 || isQuoted)
                {
                    yield return new ShellToken(word.ToString()) { IsQuoted = isQuoted, IsLiteral = isLiteral };
                }

                word.Clear();
                (isQuoted, isLiteral) = (false, true);
                if (found is not null)
                {
                    yield return new ShellToken(found, IsOperator: true);
                    i += found.Length - 1;
                }
            }
            else
            {
                isLiteral &= character is not ('$' or '*' or '?' or '[');
                word.Append(character);
            }
        }
    }
}

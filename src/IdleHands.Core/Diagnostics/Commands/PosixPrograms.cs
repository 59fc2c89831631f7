using System.Text.RegularExpressions;

namespace IdleHands.Diagnostics;

/// <summary>
/// Finds the programs that a command for sh or bash runs. Where it can't tell, it says nothing: what an <c>if</c> decides,
/// what a variable names, and all that follows a change of PATH.
/// </summary>
internal sealed partial class PosixPrograms
{
    private static readonly string[] Openers = ["if", "for", "while", "until", "case", "select", "{"];
    private static readonly string[] Closers = ["fi", "done", "esac", "}"];
    private static readonly string[] Prefixes = ["!", "then", "do", "else", "elif"];
    private static readonly string[] Tests = ["[", "[[", "test", "command", "type", "which", "hash"];

    /// <summary>What follows these is found by other means than the PATH that is known here.</summary>
    private static readonly string[] Changers = [".", "source", "eval", "module", "conda", "alias", "function"];

    private readonly ProgramNeeds _needs = new();
    private readonly HashSet<string> _functions = new(StringComparer.Ordinal);
    private bool _hasMoved;

    /// <summary>How deep in constructs and groups, of which nobody knows what of them is run.</summary>
    private int _depth;
    private int _parentheses;

    /// <summary>The programs of a command as rendered.</summary>
    public static IReadOnlyList<ProgramNeed> Of(string command) => new PosixPrograms().Read(new PosixTokens(command).Read());

    private IReadOnlyList<ProgramNeed> Read(IReadOnlyList<ShellToken> tokens)
    {
        var words = new List<ShellToken>();
        for (int i = 0; i < tokens.Count; i++)
        {
            if (!tokens[i].IsOperator)
            {
                words.Add(tokens[i]);
                continue;
            }

            if (tokens[i].Text == "(" && words.Count == 1 && i + 1 < tokens.Count && tokens[i + 1] is { IsOperator: true, Text: ")" })
            {
                _functions.Add(words[0].Text);
                words.Clear();
                continue;
            }

            if (!ReadCommand(words))
            {
                return _needs.Finish();
            }

            words.Clear();
            ReadOperator(tokens[i].Text);
        }

        ReadCommand(words);
        return _needs.Finish();
    }

    private void ReadOperator(string text)
    {
        bool wasInside = _parentheses > 0;
        _parentheses = Math.Max(0, _parentheses + (text == "(" ? 1 : text == ")" ? -1 : 0));
        if (_depth > 0 || wasInside || _parentheses > 0)
        {
            return;
        }

        switch (text)
        {
            case "&&" or "|" or "|&":
                break;
            case "||":
                _needs.Otherwise();
                break;
            default:
                _needs.EndList();
                break;
        }
    }

    /// <summary>Reads one simple command; false where nothing can be told of what follows.</summary>
    private bool ReadCommand(List<ShellToken> words)
    {
        int at = 0;
        while (at < words.Count)
        {
            ShellToken word = words[at];
            if (!word.IsQuoted && Openers.Contains(word.Text))
            {
                _depth++;
                return true;
            }

            if (!word.IsQuoted && Closers.Contains(word.Text))
            {
                _depth = Math.Max(0, _depth - 1);
                at++;
                continue;
            }

            if (!word.IsQuoted && Prefixes.Contains(word.Text))
            {
                at++;
                continue;
            }

            if (_depth > 0 || _parentheses > 0)
            {
                return true;
            }

            if (Assignment().Match(word.Text) is { Success: true } assignment)
            {
                if (assignment.Groups[1].Value == "PATH")
                {
                    return false;
                }

                at++;
                continue;
            }

            if (!word.IsLiteral)
            {
                return true;
            }

            if (!ReadProgram(words, ref at))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads the program at this place, and goes on to the one that it runs, or to the end; false where nothing can be told of what follows.</summary>
    private bool ReadProgram(List<ShellToken> words, ref int at)
    {
        string name = words[at].Text;
        if (Changers.Contains(name) || (name is "export" && words.Skip(at).Any(word => word.Text.StartsWith("PATH=", StringComparison.Ordinal))))
        {
            return false;
        }

        if (Tests.Contains(name) && (name != "command" || ProgramWrappers.SkipOptions(words, at) == words.Count))
        {
            _needs.Guard();
            at = words.Count;
            return true;
        }

        _hasMoved |= name is "cd" or "pushd";
        bool isRelative = name.Contains('/', StringComparison.Ordinal) && !name.StartsWith('/') && !name.StartsWith("~/", StringComparison.Ordinal);
        bool isOfUser = name.StartsWith('~') && !name.StartsWith("~/", StringComparison.Ordinal);
        if (!_functions.Contains(name) && !(isRelative && _hasMoved) && !isOfUser && name.Length > 0 && !name.Any(char.IsControl))
        {
            _needs.Add(name);
        }

        at = ProgramWrappers.SkipOptions(words, at) ?? words.Count;
        return true;
    }

    [GeneratedRegex(@"^([A-Za-z_][A-Za-z0-9_]*)\+?=")]
    private static partial Regex Assignment();
}

namespace IdleHands.Templates;

/// <summary>
/// The variables of a command template, and the one scanner that finds them. A variable is <c>{name}</c>, a lower-case
/// identifier in single braces; <c>${name}</c> of a shell, <c>{{.Names}}</c> of docker and <c>{ print }</c> of awk are text.
/// </summary>
internal static class TemplateVariables
{
    /// <summary>All that exist, as a message lists them.</summary>
    public static NameList All { get; } = new(
        "source",
        "port",
        "host",
        "backend_env",
        "backend_args",
        "model_id",
        "host_id",
        "backend_id",
        "chat_template_args",
        "context_window",
        "max_tokens");

    /// <summary>What a variable stands for, in the words of the help topic.</summary>
    public static string Describe(string name) => name switch
    {
        "source" => "path or URL of the weights",
        "port" => "port of the model",
        "host" => "127.0.0.1, or the address of an ssh host",
        "backend_env" => "the backend's variables, in the shell's own form",
        "backend_args" => "the backend's arguments",
        "model_id" => "id of the model",
        "host_id" => "id of the host",
        "backend_id" => "id of the backend",
        "chat_template_args" => "--chat-template name, or --chat-template-file path",
        "context_window" => "context window of the model, in tokens",
        "max_tokens" => "most tokens of a reply",
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such variable."),
    };

    /// <summary>The variables of a template from left to right, unknown ones too, without allocating for known ones.</summary>
    public static Scanner Scan(string template) => new(template);

    /// <summary>True when a text has what is read as a variable, whether it exists or not.</summary>
    public static bool FindAny(string text)
    {
        foreach (TemplateVariable variable in Scan(text))
        {
            return variable.Name.Length > 0;
        }

        return false;
    }

    /// <summary>True when a variable of this name exists.</summary>
    public static bool IsKnown(string name) => Find(name) is not null;

    /// <summary>The name of the first variable that doesn't exist; null where all do.</summary>
    public static string? FindUnknown(string template)
    {
        if (!template.Contains('{', StringComparison.Ordinal))
        {
            return null;
        }

        foreach (TemplateVariable variable in Scan(template))
        {
            if (!IsKnown(variable.Name))
            {
                return variable.Name;
            }
        }

        return null;
    }

    // A switch on a span compares without making a string: this runs for every command of every load.
    private static string? Find(ReadOnlySpan<char> name) => name switch
    {
        "source" => "source",
        "port" => "port",
        "host" => "host",
        "backend_env" => "backend_env",
        "backend_args" => "backend_args",
        "model_id" => "model_id",
        "host_id" => "host_id",
        "backend_id" => "backend_id",
        "chat_template_args" => "chat_template_args",
        "context_window" => "context_window",
        "max_tokens" => "max_tokens",
        _ => null,
    };

    /// <summary>Enumerates the variables of one template.</summary>
    public struct Scanner
    {
        private readonly string _template;
        private int _next;

        internal Scanner(string template)
        {
            _template = template;
            _next = 0;
            Current = default;
        }

        /// <summary>The variable found last.</summary>
        public TemplateVariable Current { get; private set; }

        /// <summary>For <c>foreach</c>.</summary>
        public readonly Scanner GetEnumerator() => this;

        /// <summary>Goes to the next variable.</summary>
        public bool MoveNext()
        {
            while (_next < _template.Length)
            {
                int offset = _template.AsSpan(_next).IndexOf('{');
                if (offset < 0)
                {
                    break;
                }

                int start = _next + offset;
                _next = start + 1;
                int end = FindEnd(start);
                if (end < 0)
                {
                    continue;
                }

                _next = end;
                ReadOnlySpan<char> name = _template.AsSpan(start + 1, end - start - 2);
                Current = new TemplateVariable(start, end - start, Find(name) ?? name.ToString());
                return true;
            }

            _next = _template.Length;
            return false;
        }

        /// <summary>Index behind the closing brace of the variable that starts here; -1 where none does.</summary>
        private readonly int FindEnd(int start)
        {
            if (start > 0 && _template[start - 1] is ('$' or '{'))
            {
                return -1;
            }

            int at = start + 1;
            while (at < _template.Length && IsNameCharacter(_template[at], isFirst: at == start + 1))
            {
                at++;
            }

            bool isClosed = at > start + 1 && at < _template.Length && _template[at] == '}';
            bool isDoubled = isClosed && at + 1 < _template.Length && _template[at + 1] == '}';
            return isClosed && !isDoubled ? at + 1 : -1;
        }

        private static bool IsNameCharacter(char character, bool isFirst) =>
            character is '_' or (>= 'a' and <= 'z') || (!isFirst && character is >= '0' and <= '9');
    }
}

/// <summary>One variable in a template.</summary>
/// <param name="Start">Index of its opening brace.</param>
/// <param name="Length">Length with both braces.</param>
/// <param name="Name">Its name, without braces.</param>
internal readonly record struct TemplateVariable(int Start, int Length, string Name);

using System.Globalization;
using System.Text;

namespace IdleHands.Templates;

/// <summary>
/// Fills in the variables of a command template. Whatever a value holds, it arrives at the program as one literal
/// argument, or there is an error and no command.
/// </summary>
public static class CommandTemplate
{
    /// <summary>Renders a command for a shell.</summary>
    /// <param name="template">The template; everything but <c>{variables}</c> passes through untouched.</param>
    /// <param name="values">What the variables stand for.</param>
    /// <param name="dialect">The shell that will read the command.</param>
    /// <exception cref="TemplateException">
    /// <c>TemplateUnsafe</c>: a value can't be made literal at its place. <c>TemplateValueMissing</c>: the model doesn't
    /// set what the template asks for. <c>TemplateVariableUnknown</c>: there is no such variable.
    /// </exception>
    public static string Render(string template, TemplateValues values, ShellDialect dialect)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(values);
        return Render(template, values, dialect, CommandOrigin.Unnamed);
    }

    /// <summary>As the public one; errors name the command and the cmdlet that changes it.</summary>
    internal static string Render(string template, TemplateValues values, ShellDialect dialect, CommandOrigin origin)
    {
        if (!template.Contains('{', StringComparison.Ordinal))
        {
            return template;
        }

        return new Renderer(template, values, ShellQuoting.Of(dialect), origin).Render();
    }

    /// <summary>True when a template asks for this variable.</summary>
    internal static bool Uses(string? template, string variable)
    {
        foreach (TemplateVariable found in TemplateVariables.Scan(template ?? string.Empty))
        {
            if (found.Name == variable)
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Renderer(string template, TemplateValues values, ShellQuoting quoting, CommandOrigin origin)
    {
        private readonly StringBuilder _text = new(template.Length + 64);

        public string Render()
        {
            int copied = 0;
            foreach (TemplateVariable variable in TemplateVariables.Scan(template))
            {
                _text.Append(template, copied, variable.Start - copied);
                Append(variable);
                copied = variable.Start + variable.Length;
            }

            return _text.Append(template, copied, template.Length - copied).ToString();
        }

        private void Append(TemplateVariable variable)
        {
            switch (variable.Name)
            {
                case "backend_env":
                    AppendEnvironment(variable);
                    break;
                case "backend_args":
                    AppendArguments(variable, values.BackendArguments);
                    break;
                case "chat_template_args" when !string.IsNullOrEmpty(values.ChatTemplate):
                    string option = ChatTemplateValue.IsPath(values.ChatTemplate) ? "--chat-template-file" : "--chat-template";
                    AppendArguments(variable, new NameList(option, values.ChatTemplate));
                    break;
                case "chat_template_args":
                    break;
                default:
                    AppendArguments(variable, new NameList(Resolve(variable.Name)));
                    break;
            }
        }

        private string Resolve(string name) => name switch
        {
            "source" => values.Source,
            "port" => Invariant(values.Port),
            "host" => values.Host,
            "model_id" => values.ModelId,
            "host_id" => values.HostId,
            "backend_id" => values.BackendId ?? string.Empty,
            "context_window" => Invariant(values.ContextWindow ?? throw Missing(name, "-ContextWindow")),
            "max_tokens" => Invariant(values.MaxTokens ?? throw Missing(name, "-MaxTokens")),
            _ => throw Unknown(name),
        };

        private void AppendArguments(TemplateVariable variable, NameList arguments)
        {
            for (int i = 0; i < arguments.Count; i++)
            {
                if (i > 0)
                {
                    _text.Append(' ');
                }

                AppendArgument(variable, arguments[i], isLast: i == arguments.Count - 1);
            }
        }

        private void AppendArgument(TemplateVariable variable, string value, bool isLast)
        {
            TemplatePlace place = quoting.ReadPlace(template, variable.Start);
            string before = _text.ToString();
            if (quoting.IsBareAt(place, value, before))
            {
                _text.Append(value);
                return;
            }

            ReadOnlySpan<char> after = isLast ? template.AsSpan(variable.Start + variable.Length) : " ";
            TemplateObstacle? obstacle = quoting.FindUnquotable(value, template)
                ?? place.Obstacle
                ?? quoting.FindNeighbour(before, after, place.IsExpression);
            if (obstacle is not null)
            {
                throw Unsafe(variable.Name, $" ({Show(value)})", obstacle);
            }

            _text.Append(quoting.Quote(value));
        }

        private void AppendEnvironment(TemplateVariable variable)
        {
            bool isFirst = true;
            foreach ((string name, string value) in values.BackendEnvironment)
            {
                if (Secret.IsReference(value))
                {
                    continue;
                }

                TemplateObstacle? obstacle = FindObstacle(variable, name, value);
                if (obstacle is not null)
                {
                    throw Unsafe(variable.Name, $" (variable {name})", obstacle);
                }

                _text.Append(isFirst ? quoting.SetPrefix : string.Empty).Append(quoting.SetVariable(name, value));
                isFirst = false;
            }
        }

        private TemplateObstacle? FindObstacle(TemplateVariable variable, string name, string value)
        {
            if (!IsIdentifier(name))
            {
                return new TemplateObstacle(
                    "has a name that a shell can't set",
                    "Names are letters, digits and underscores: change it with Set-IHBackend -Environment.");
            }

            return quoting.FindUnsettable(value, template)
                ?? (quoting.CanSetInsideQuotes(value) ? null : quoting.ReadPlace(template, variable.Start).Obstacle);
        }

        private TemplateException Unsafe(string variable, string what, TemplateObstacle obstacle) => new(
            TemplateErrorId.TemplateUnsafe,
            FailureKind.InvalidArgument,
            $"The value of {{{variable}}}{what} {obstacle.Cause}, so that it would not arrive as it is. It is in {origin.Name}: {template}",
            $"{obstacle.Advice} {origin.Fix}".TrimEnd(),
            values.ModelId);

        private TemplateException Missing(string variable, string parameter) => new(
            TemplateErrorId.TemplateValueMissing,
            FailureKind.InvalidArgument,
            $"{{{variable}}} is asked for, but model '{values.ModelId}' sets none. It is in {origin.Name}: {template}",
            $"Set it with Set-IHModel -Id {values.ModelId} {parameter} <number>, or take {{{variable}}} out of the command.",
            values.ModelId);

        private TemplateException Unknown(string variable) => new(
            TemplateErrorId.TemplateVariableUnknown,
            FailureKind.InvalidArgument,
            $"There is no variable {{{variable}}}. It is in {origin.Name}: {template}. Variables are {{{string.Join("}, {", TemplateVariables.All)}}}.",
            $"Take it out of the command. {origin.Fix}".TrimEnd(),
            values.ModelId);

        private static string Invariant(int value) => value.ToString(CultureInfo.InvariantCulture);

        /// <summary>A value as a message shows it: on one line and of bearable length.</summary>
        private static string Show(string value)
        {
            string line = string.Concat(value.Select(character => char.IsControl(character) ? '\uFFFD' : character));
            return line.Length == 0 ? "empty" : line.Length <= 120 ? line : line[..120] + "…";
        }

        private static bool IsIdentifier(string name) =>
            name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
    }
}

/// <summary>Where a command comes from, for the errors it may give.</summary>
/// <param name="Name">e.g. "the start command of model 'qwen'".</param>
/// <param name="Fix">A sentence that names the cmdlet which changes it; empty where it isn't known.</param>
internal sealed record CommandOrigin(string Name, string Fix)
{
    /// <summary>Nothing is known of it.</summary>
    public static CommandOrigin Unnamed { get; } = new("this command", string.Empty);
}

/// <summary>What a model's <c>chat_template</c> may be.</summary>
internal static class ChatTemplateValue
{
    /// <summary>True for a file, false for the name of a built-in template.</summary>
    public static bool IsPath(string value) =>
        value.AsSpan().ContainsAny('/', '\\') || value.EndsWith(".jinja", StringComparison.OrdinalIgnoreCase);
}

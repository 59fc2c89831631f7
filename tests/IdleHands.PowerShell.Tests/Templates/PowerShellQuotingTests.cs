using System.Management.Automation.Language;
using IdleHands.Templates;

namespace IdleHands.PowerShell.Tests.Templates;

/// <summary>What is rendered for PowerShell, read by PowerShell's own parser.</summary>
public sealed class PowerShellQuotingTests
{
    public static TheoryData<string> Hostile { get; } =
    [
        "with space",
        "it's",
        "''",
        "‘a’ ‚b‛",
        "’; Remove-Item x; ’",
        "say \"hi\"",
        "“typographic”",
        "$(New-Item x)",
        "$env:PATH",
        "`n `' `\"",
        "; New-Item x",
        "a & b && c || d | e",
        "> x",
        "%PATH%",
        "wow!",
        "line\nNew-Item x\nline",
        "-ngl",
        "--help",
        "--",
        "-a.b",
        "-a:",
        "a,b",
        "@splat",
        "@'\nx\n'@",
        "#comment",
        "größe 模型 🦙",
        "",
        "{ x }",
        "C:\\with space\\",
        "/models/plain-4B_q4.gguf",
        "1.50",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Every_value_is_one_literal_argument(string value)
    {
        CommandAst command = ParseCommand("run -m {source} end", Values(value));

        Assert.Equal(4, command.CommandElements.Count);
        Assert.Equal("-m", command.CommandElements[1].Extent.Text);
        Assert.Equal(value, LiteralOf(command.CommandElements[2]));
        Assert.Equal("end", LiteralOf(command.CommandElements[3]));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_value_behind_an_equals_sign_stays_in_its_argument(string value)
    {
        CommandAst command = ParseCommand("run --model={source} end", Values(value));

        Assert.Equal(3, command.CommandElements.Count);
        Assert.Equal("--model=" + value, LiteralOf(command.CommandElements[1]));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_value_stays_literal_in_a_subexpression(string value)
    {
        ScriptBlockAst script = Parse("run $(other {source})", Values(value));

        CommandAst inner = Assert.Single(script.FindAll(ast => ast is CommandAst command && command.GetCommandName() == "other", searchNestedScriptBlocks: true).Cast<CommandAst>());
        Assert.Equal(2, inner.CommandElements.Count);
        Assert.Equal(value, LiteralOf(inner.CommandElements[1]));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_variable_is_assigned_its_literal_value(string value)
    {
        TemplateValues values = Values("m") with { BackendEnvironment = new EnvironmentMap([new("NAME", value)]) };
        ScriptBlockAst script = Parse("{backend_env} run", values);

        Assert.Equal(2, script.EndBlock.Statements.Count);
        var assignment = Assert.IsType<AssignmentStatementAst>(script.EndBlock.Statements[0]);
        Assert.Equal("$env:NAME", assignment.Left.Extent.Text);
        var assigned = Assert.IsType<CommandExpressionAst>(assignment.Right);
        Assert.Equal(value, Assert.IsType<StringConstantExpressionAst>(assigned.Expression).Value);
    }

    [Theory]
    [InlineData("$x = {source}")]
    [InlineData("@({source})")]
    [InlineData("@('a', {source})")]
    [InlineData("$x = @{ a = {source} }")]
    [InlineData("if ($x -eq {source}) { }")]
    [InlineData("$x += 'a' + {source}")]
    public void A_value_in_an_expression_is_text_and_no_command(string template)
    {
        foreach (string value in Hostile.Select(row => row.Data).Append("/m/plain.gguf").Append("1kb").Append("0x10"))
        {
            ScriptBlockAst script = Parse(template, Values(value));

            Assert.Empty(script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true));
            Assert.Contains(script.FindAll(ast => ast is StringConstantExpressionAst, searchNestedScriptBlocks: true), ast => ((StringConstantExpressionAst)ast).Value == value);
        }
    }

    [Fact]
    public void No_value_becomes_code_wherever_a_command_puts_it()
    {
        string[] pieces =
        [
            "{source}", "{source}", "{source}", "'", "\"", "`", "$(", ")", "(", "@'\n", "\n'@", "@\"\n", "\n\"@", "#", "<#", "#>", "--%", " ",
            "\n", ";", "${", "}", "$x", "a", "‘", "“", "''", "\"\"", "@(", "{ ", "=", "|", "&", "+", "-x", ".",
        ];
        string[] values =
        [
            "'; evil; '", "\"; evil; \"", "$(evil)", "`; evil; `", "\nevil\n", "; evil #", "’; evil; ’", "”; evil; “", "'@\nevil\n",
            "\"@\nevil\n", "#>\nevil\n", "`\"); evil; (\"", "')\n; evil; ('", "}; evil; {", "\"\"; evil; \"\"", "`\"`); evil",
        ];
        var random = new Random(20260101);
        int read = 0;
        for (int i = 0; i < 60_000; i++)
        {
            string template = "echo " + string.Concat(Enumerable.Range(0, random.Next(1, 10)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (TryRender(template, values[random.Next(values.Length)]) is { } text)
            {
                // Text with a syntax error is never run.
                ScriptBlockAst script = Parser.ParseInput(text, out _, out ParseError[] errors);
                bool isCode = errors.Length == 0
                    && script.FindAll(ast => ast is CommandAst command && command.GetCommandName() == "evil", searchNestedScriptBlocks: true).Any();
                Assert.False(isCode, $"{template}\n{text}");
                read++;
            }
        }

        Assert.True(read > 1000, $"only {read} commands were rendered");
    }

    private static string? TryRender(string template, string value)
    {
        try
        {
            return template.Contains("{source}", StringComparison.Ordinal)
                ? CommandTemplate.Render(template, Values(value), ShellDialect.PowerShell)
                : null;
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static TemplateValues Values(string source) => new()
    {
        Source = source,
        Port = 8080,
        Host = "127.0.0.1",
        ModelId = "qwen",
        HostId = "here",
    };

    private static CommandAst ParseCommand(string template, TemplateValues values)
    {
        ScriptBlockAst script = Parse(template, values);
        var pipeline = Assert.IsType<PipelineAst>(Assert.Single(script.EndBlock.Statements));
        return Assert.IsType<CommandAst>(Assert.Single(pipeline.PipelineElements));
    }

    private static ScriptBlockAst Parse(string template, TemplateValues values)
    {
        string text = CommandTemplate.Render(template, values, ShellDialect.PowerShell);
        ScriptBlockAst script = Parser.ParseInput(text, out _, out ParseError[] errors);
        Assert.True(errors.Length == 0, $"{text}: {string.Join("; ", errors.Select(error => error.Message))}");
        return script;
    }

    /// <summary>What a program gets for an argument; fails where it is no literal.</summary>
    private static string LiteralOf(CommandElementAst element) => element switch
    {
        StringConstantExpressionAst text => text.Value,
        CommandParameterAst { Argument: null } parameter => parameter.Extent.Text,
        ConstantExpressionAst constant => constant.Extent.Text,
        _ => throw new InvalidOperationException($"{element.Extent.Text} is a {element.GetType().Name}"),
    };
}

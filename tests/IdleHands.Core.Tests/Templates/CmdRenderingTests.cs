using System.Text;
using CsCheck;
using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

/// <summary>What is rendered for cmd.exe, read back by its rules and by those of the C runtime.</summary>
public sealed class CmdRenderingTests
{
    private const string Metacharacters = "&|<>()^";

    [Theory]
    [InlineData("a b", "\"a b\"")]
    [InlineData("", "\"\"")]
    [InlineData(@"C:\a b\", @"""C:\a b\\""")]
    [InlineData(@"C:\a\b.gguf", @"""C:\a\b.gguf""")]
    [InlineData("a&b", "\"a&b\"")]
    [InlineData("a^b!", "\"a^b!\"")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("größe", "\"größe\"")]
    [InlineData("say \"hi\"", @"""say ""\^""""hi""\^""")]
    [InlineData("a\\\"b", @"""a\\""\^""""b""")]
    public void Quotes_for_cmd_and_the_c_runtime(string value, string expected) => Assert.Equal(expected, Render(value));

    [Theory]
    [InlineData("%PATH%")]
    [InlineData("100%")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    public void Refuses_what_cmd_can_not_take_literally(string value)
    {
        AssertUnsafe("run {source}", SampleValues.With(value));
        AssertUnsafe("run \"{source}\"", SampleValues.With(value));
    }

    [Theory]
    [InlineData("cmd /V:ON /c run {source}", "wow!")]
    [InlineData("setlocal EnableDelayedExpansion & run {source}", "a^b")]
    public void Refuses_what_delayed_expansion_would_change(string template, string value) => AssertUnsafe(template, SampleValues.With(value));

    [Fact]
    public void Keeps_every_metacharacter_inside_quotes_and_every_argument_whole() =>
        Gen.String[Gen.Frequency((2, Gen.Char['\u0020', '\u007e']), (3, Gen.OneOf('"', '\\', '&', '|', '^', ' '))), 0, 20]
            .Where(value => !value.Contains('%', StringComparison.Ordinal))
            .Array[1, 4]
            .Sample(
                texts =>
                {
                    TemplateValues values = SampleValues.With("m") with { BackendArguments = new NameList(texts) };
                    string command = CommandTemplate.Render("{backend_args}", values, ShellDialect.Cmd);
                    Assert.Equal(texts, SplitLikeTheRuntime(ReadLikeCmd(command)));
                },
                iter: 2000);

    [Fact]
    public void Sets_variables_in_the_form_that_keeps_spaces()
    {
        TemplateValues values = WithVariable("a & b ");
        Assert.Equal("set \"A=a & b \" &&  run", CommandTemplate.Render("{backend_env} run", values, ShellDialect.Cmd));
    }

    [Theory]
    [InlineData("")]
    [InlineData("say \"hi\"")]
    [InlineData("%PATH%")]
    public void Refuses_a_variable_that_cmd_can_not_set(string value) => AssertUnsafe("{backend_env} run", WithVariable(value));

    private static TemplateValues WithVariable(string value) =>
        SampleValues.With("m") with { BackendEnvironment = new EnvironmentMap([new("A", value)]) };

    private static string Render(string value) => CommandTemplate.Render("{source}", SampleValues.With(value), ShellDialect.Cmd);

    private static void AssertUnsafe(string template, TemplateValues values) => Assert.Equal(
        "TemplateUnsafe",
        Assert.Throws<TemplateException>(() => CommandTemplate.Render(template, values, ShellDialect.Cmd)).ErrorId);

    /// <summary>The text that cmd passes on: carets taken away; fails at a metacharacter that it would act on.</summary>
    private static string ReadLikeCmd(string command)
    {
        var passedOn = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < command.Length; i++)
        {
            char character = command[i];
            Assert.NotEqual('%', character);
            if (character == '^' && !isQuoted)
            {
                passedOn.Append(command[++i]);
                continue;
            }

            if (character == '"')
            {
                isQuoted = !isQuoted;
            }

            Assert.False(!isQuoted && Metacharacters.Contains(character, StringComparison.Ordinal), $"{character} is outside quotes in {command}");
            passedOn.Append(character);
        }

        Assert.False(isQuoted);
        return passedOn.ToString();
    }

    /// <summary>The arguments a C program gets; two quotes in a row inside quotes, which runtimes read differently, must not occur.</summary>
    private static List<string> SplitLikeTheRuntime(string line)
    {
        var arguments = new List<string>();
        StringBuilder? current = null;
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            int backslashes = 0;
            for (; i < line.Length && line[i] == '\\'; i++)
            {
                backslashes++;
            }

            bool isBeforeQuote = i < line.Length && line[i] == '"';
            if (backslashes > 0)
            {
                current ??= new StringBuilder();
                current.Append('\\', isBeforeQuote ? backslashes / 2 : backslashes);
            }

            if (i >= line.Length)
            {
                break;
            }

            if (isBeforeQuote && backslashes % 2 == 0)
            {
                bool isDoubled = isQuoted && i + 1 < line.Length && line[i + 1] == '"';
                Assert.False(isDoubled, $"\"\" inside quotes in {line}");
                current ??= new StringBuilder();
                isQuoted = !isQuoted;
            }
            else if (line[i] is ' ' or '\t' && !isQuoted)
            {
                if (current is not null)
                {
                    arguments.Add(current.ToString());
                }

                current = null;
            }
            else
            {
                current ??= new StringBuilder();
                current.Append(line[i]);
            }
        }

        if (current is not null)
        {
            arguments.Add(current.ToString());
        }

        return arguments;
    }
}

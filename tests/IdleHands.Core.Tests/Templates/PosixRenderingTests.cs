using CsCheck;
using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

/// <summary>What is rendered for sh and bash, read by the real sh and bash.</summary>
public sealed class PosixRenderingTests
{
    private static readonly string[] Shells = [.. new[] { "sh", "bash" }.Where(ShellRun.IsHere)];

    public static TheoryData<string> Hostile => SampleValues.Hostile;

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Hands_a_hostile_value_over_as_one_literal_argument(string value)
    {
        Assert.SkipWhen(Shells.Length == 0, "There is no POSIX shell here.");
        foreach (string shell in Shells)
        {
            using var run = new ShellRun();
            string command = CommandTemplate.Render($"{ShellRun.PrintArguments} -m {{source}} --model={{source}} end", SampleValues.With(value), ShellDialect.Posix);

            string output = await run.RunAsync(shell, command, TestContext.Current.CancellationToken);

            Assert.Equal(["-m", value, "--model=" + value, "end"], ShellRun.Split(output));
            run.AssertNothingWasExecuted();
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Stays_literal_inside_a_command_substitution_in_quotes(string value)
    {
        Assert.SkipWhen(Shells.Length == 0, "There is no POSIX shell here.");
        foreach (string shell in Shells)
        {
            using var run = new ShellRun();
            string command = CommandTemplate.Render("printf '%s' \"$(printf '<%s>' {source})\"", SampleValues.With(value), ShellDialect.Posix);

            Assert.Equal($"<{value}>", await run.RunAsync(shell, command, TestContext.Current.CancellationToken));
            run.AssertNothingWasExecuted();
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Sets_a_hostile_variable_for_the_command_also_behind_nohup(string value)
    {
        Assert.SkipWhen(Shells.Length == 0, "There is no POSIX shell here.");
        TemplateValues values = SampleValues.With("m") with
        {
            BackendEnvironment = new EnvironmentMap([new("FIRST", value), new("SECOND", "2")]),
        };
        foreach (string shell in Shells)
        {
            using var run = new ShellRun();
            foreach (string prefix in new[] { string.Empty, "nohup " })
            {
                string command = CommandTemplate.Render(prefix + "{backend_env} sh -c 'printf \"%s|%s\" \"$FIRST\" \"$SECOND\"'", values, ShellDialect.Posix);

                Assert.Equal($"{value}|2", await run.RunAsync(shell, command, TestContext.Current.CancellationToken));
            }

            run.AssertNothingWasExecuted();
        }
    }

    [Fact]
    public async Task Hands_each_backend_argument_over_by_itself()
    {
        Assert.SkipWhen(Shells.Length == 0, "There is no POSIX shell here.");
        string[] arguments = [.. SampleValues.Hostile.Select(row => row.Data)];
        TemplateValues values = SampleValues.With("m") with { BackendArguments = new NameList(arguments) };
        using var run = new ShellRun();

        string output = await run.RunAsync(
            Shells[0],
            CommandTemplate.Render(ShellRun.PrintArguments + " {backend_args}", values, ShellDialect.Posix),
            TestContext.Current.CancellationToken);

        Assert.Equal(arguments, ShellRun.Split(output));
        run.AssertNothingWasExecuted();
    }

    [Fact]
    public async Task Hands_any_text_over_literally()
    {
        Assert.SkipWhen(Shells.Length == 0, "There is no POSIX shell here.");
        using var run = new ShellRun();
        Gen<char> character = Gen.Frequency(
            (3, Gen.Char['\u0001', '\u007e']),
            (2, Gen.OneOf('\'', '"', '\\', '$', '`', '\n', ' ', '!', '*')),
            (1, Gen.Char['\u00a0', '\ud7ff']));

        // Many values a run of the shell: what costs is the process.
        await Gen.String[character, 0, 30].Array[20].SampleAsync(
            async texts =>
            {
                TemplateValues values = SampleValues.With("m") with { BackendArguments = new NameList(texts) };
                string command = CommandTemplate.Render(ShellRun.PrintArguments + " {backend_args}", values, ShellDialect.Posix);
                Assert.Equal(texts, ShellRun.Split(await run.RunAsync("sh", command, TestContext.Current.CancellationToken)));
            },
            iter: 25,
            threads: 1);
        run.AssertNothingWasExecuted();
    }

    [Theory]
    [InlineData("/models/qwen-4B_q4.gguf")]
    [InlineData("user@host:1/a,b=c+d%e")]
    [InlineData("-ngl")]
    public void Renders_plain_values_bare(string value) =>
        Assert.Equal($"run -m {value} -p 8080", CommandTemplate.Render("run -m {source} -p {port}", SampleValues.With(value), ShellDialect.Posix));

    [Theory]
    [InlineData("a b", "run 'a b'")]
    [InlineData("it's", @"run 'it'\''s'")]
    [InlineData("", "run ''")]
    [InlineData("~/m", "run '~/m'")]
    [InlineData("größe", "run 'größe'")]
    public void Quotes_other_values(string value, string expected) =>
        Assert.Equal(expected, CommandTemplate.Render("run {source}", SampleValues.With(value), ShellDialect.Posix));

    [Fact]
    public void Sets_variables_with_env_and_nothing_without_any()
    {
        TemplateValues values = SampleValues.With("m");
        Assert.Equal(" run", CommandTemplate.Render("{backend_env} run", values, ShellDialect.Posix));
        values = values with { BackendEnvironment = new EnvironmentMap([new("A", "1"), new("B", "x y")]) };
        Assert.Equal("nohup env A=1 B='x y'  run", CommandTemplate.Render("nohup {backend_env} run", values, ShellDialect.Posix));
    }
}

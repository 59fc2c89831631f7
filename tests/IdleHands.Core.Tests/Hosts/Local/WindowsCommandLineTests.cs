using System.Text;
using CsCheck;
using IdleHands.Hosts.Local;

namespace IdleHands.Core.Tests.Hosts.Local;

public sealed class WindowsCommandLineTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("say \"hi\"", "\"say \\\"hi\\\"\"")]
    [InlineData(@"C:\Program Files\", "\"C:\\Program Files\\\\\"")]
    [InlineData(@"C:\bin\", @"C:\bin\")]
    [InlineData("a\\\"b", "\"a\\\\\\\"b\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    public void Quotes_an_argument_for_the_C_runtime(string argument, string expected) =>
        Assert.Equal(expected, WindowsCommandLine.Quote(argument));

    [Fact]
    public void Every_argument_comes_back_unchanged_from_the_C_runtimes_rules() =>
        Gen.String[Gen.Char["a \t\"\\\\é\n%!&"], 0, 12].Array[1, 5].Sample(
            arguments => Assert.Equal(arguments, Parse(string.Join(' ', arguments.Select(WindowsCommandLine.Quote)))),
            seed: "0N0XIzNsQ0O2",
            iter: 2000);

    [Fact]
    public void Cmd_gets_its_text_between_outer_quotes_untouched()
    {
        string line = WindowsCommandLine.ForShell("cmd", @"C:\Windows\System32\cmd.exe", "\"C:\\my app\\run.exe\" -m \"a b\" & echo 100%");

        Assert.Equal("C:\\Windows\\System32\\cmd.exe /d /e:on /v:off /s /c \"\"C:\\my app\\run.exe\" -m \"a b\" & echo 100%\"", line);
    }

    [Fact]
    public void Pwsh_gets_its_text_as_one_argument_and_ends_with_the_commands_code()
    {
        string line = WindowsCommandLine.ForShell("pwsh", @"C:\Program Files\PowerShell\7\pwsh.exe", "& 'my \"app\"' -x");

        List<string> arguments = Parse(line);
        Assert.Equal(@"C:\Program Files\PowerShell\7\pwsh.exe", arguments[0]);
        Assert.Equal(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command"], arguments.Skip(1).Take(4));
        Assert.Equal("& 'my \"app\"' -x\nif ($?) { exit 0 } elseif ($LASTEXITCODE) { exit $LASTEXITCODE } else { exit 1 }", arguments[5]);
        Assert.Equal(6, arguments.Count);
    }

    [Fact]
    public void Bash_gets_its_text_as_one_argument() =>
        Assert.Equal(["bash.exe", "-c", "exec srv --name 'a \"b\"'"], Parse(WindowsCommandLine.ForShell("bash", "bash.exe", "exec srv --name 'a \"b\"'")));

    [Fact]
    public void Environment_is_in_the_order_of_upper_case_names_and_ends_with_two_nuls()
    {
        string block = WindowsCommandLine.EnvironmentBlock(
            [Pair("b", "2"), Pair("A_X", "3"), Pair("AB", "4")], [Pair("a", "1")]);

        Assert.Equal("a=1\0AB=4\0A_X=3\0b=2\0\0", block);
    }

    [Fact]
    public void An_added_variable_replaces_the_inherited_one_whatever_its_case() =>
        Assert.Equal("Path=new\0\0", WindowsCommandLine.EnvironmentBlock([Pair("Path", "old")], [Pair("PATH", "new")]));

    [Fact]
    public void An_empty_environment_is_two_nuls() =>
        Assert.Equal("\0\0", WindowsCommandLine.EnvironmentBlock([], []));

    [Theory]
    [InlineData("A=B", "x")]
    [InlineData("", "x")]
    [InlineData("A", "secret\0tail")]
    [InlineData("A\0B", "x")]
    public void Refuses_a_variable_that_the_block_cannot_hold_without_showing_its_value(string name, string value)
    {
        IdleHandsException refused = Assert.Throws<IdleHandsException>(() => WindowsCommandLine.EnvironmentBlock([], [Pair(name, value)]));

        Assert.Equal("LaunchFailed", refused.ErrorId);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    private static KeyValuePair<string, string> Pair(string name, string value) => new(name, value);

    /// <summary>The parser of the C runtime, after its documentation, for arguments behind the first as for the first.</summary>
    private static List<string> Parse(string line)
    {
        var arguments = new List<string>();
        int at = 0;
        while (at < line.Length)
        {
            if (line[at] is ' ' or '\t')
            {
                at++;
                continue;
            }

            var argument = new StringBuilder();
            bool quoted = false;
            while (at < line.Length && (quoted || line[at] is not (' ' or '\t')))
            {
                int backslashes = 0;
                while (at < line.Length && line[at] == '\\')
                {
                    backslashes++;
                    at++;
                }

                if (at < line.Length && line[at] == '"')
                {
                    argument.Append('\\', backslashes / 2);
                    if (backslashes % 2 == 1)
                    {
                        argument.Append('"');
                    }
                    else
                    {
                        quoted = !quoted;
                    }

                    at++;
                }
                else
                {
                    argument.Append('\\', backslashes);
                    if (at < line.Length && (quoted || line[at] is not (' ' or '\t')))
                    {
                        argument.Append(line[at++]);
                    }
                }
            }

            arguments.Add(argument.ToString());
        }

        return arguments;
    }
}

using IdleHands.Hosts;
using IdleHands.Templates;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What the shell of a host is asked, and how its answer is read.</summary>
public sealed class HostQuestionTests
{
    private static readonly string[] Programs = ["a", "b", "c"];

    [Fact]
    public void Nothing_is_an_answer_before_its_mark()
    {
        Assert.Null(HostQuestion.Read("missing 0\n", Programs));
        Assert.Null(HostQuestion.Read(string.Empty, Programs));
        Assert.Equal(["b"], HostQuestion.Read($"Welcome!\nmissing 0\n{HostQuestion.Begin}\nmissing 1\n", Programs)!.Missing.Keys);
    }

    [Fact]
    public void What_nobody_asked_is_passed_over()
    {
        HostAnswer answer = HostQuestion.Read($"{HostQuestion.Begin}\r\nmissing 7\r\nmissing x\r\nnoexec 2\r\nclock soon\r\n", Programs)!;

        Assert.Equal([new("c", "noexec")], answer.Missing);
        Assert.Null(answer.Clock);
        Assert.Null(answer.Logs);
    }

    [Theory]
    [InlineData("disk /dev/sda1 1000 900 100 90% /", 100L << 10)]
    [InlineData("disk my share 1000 900 77 90% /mnt/my 5 6 share", 77L << 10)]
    [InlineData("free 12345", 12345L)]
    [InlineData("disk nonsense", null)]
    public void The_room_on_its_disk_is_read(string line, long? free)
    {
        HostAnswer answer = HostQuestion.Read($"{HostQuestion.Begin}\nclock 1700000000\ndirectory /home/me/.local/state/idlehands\ndisk Filesystem 1024-blocks Used Available Capacity Mounted on\n{line}\n", Programs)!;

        Assert.Equal(free, answer.Logs!.FreeBytes);
        Assert.Null(answer.Logs.Problem);
        Assert.Equal(1_700_000_000, answer.Clock!.Value.ToUnixTimeSeconds());
    }

    [Fact]
    public void Names_are_quoted_for_the_shell_that_looks_for_them()
    {
        string[] odd = ["it's $(odd)", "~/my dir/srv"];

        Assert.Contains(@"ih_look 'it'\''s $(odd)'" + "\nih_look \"$HOME\"/'my dir/srv'\n", HostQuestion.Write(ShellDialect.Posix, odd, asksHost: true), StringComparison.Ordinal);
        Assert.Contains("@('it''s $(odd)', '~/my dir/srv')", HostQuestion.Write(ShellDialect.PowerShell, odd, asksHost: false), StringComparison.Ordinal);
        Assert.Contains("where \"srv.exe\" >nul 2>nul || echo missing 1", HostQuestion.Write(ShellDialect.Cmd, ["C:\\x\\y.exe", "srv.exe"], asksHost: false), StringComparison.Ordinal);
    }
}

using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Words for exec hosts that tests use in place of a container.</summary>
public sealed class ExecPrefixTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bare_prefix_hands_down_a_home_and_nothing_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no env on Windows");
        NameList prefix = ExecPrefix.Bare("/some where");

        ToolRun run = await ToolRun.RunAsync(prefix[0], [.. prefix.Skip(1), "env"], cancellationToken: Token);

        Assert.Equal("HOME=/some where\nPATH=/usr/bin:/bin\n", run.Output);
    }

    [Fact]
    public async Task A_command_in_a_chroot_sees_nothing_of_the_machine()
    {
        Assert.SkipWhen(ChrootDirectory.WhyNot is not null, ChrootDirectory.WhyNot ?? "");
        using ChrootDirectory chroot = await ChrootDirectory.CreateAsync(Token);
        NameList prefix = chroot.Prefix;

        const string Command = "setsid ls / 2>/dev/null | tr '\\n' ' '; date >/tmp/now; wc -l </tmp/now";
        ToolRun run = await ToolRun.RunAsync(prefix[0], [.. prefix.Skip(1), "sh", "-c", Command], cancellationToken: Token);

        Assert.Equal("", run.Error);
        Assert.Matches("^bin dev lib.* root tmp usr 1\n$", run.Output);
    }
}

using IdleHands.Testing;
namespace IdleHands.PowerShell.Tests.Quickstart;

public sealed class QuickstartTourTests
{
    private static CancellationToken Limit => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shows_the_main_job_and_leaves_nothing()
    {
        await using QuickstartProcess run = QuickstartProcess.Start(EnvironmentMap.Empty);
        await run.WaitForExitAsync(Limit);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(string.Empty, run.Errors);
        Assert.Matches("PS> Test-IHHealth \\| Where Status -eq loading\n(.*\n)*? +Section: Model\n(.*\n)*?workstation +coder.*loading", run.Output);
        Assert.Contains("PS> Select-IHModel broken\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("out of memory", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("# Done. No process and no file is left.\n", run.Output, StringComparison.Ordinal);
        run.AssertNothingIsLeft();
    }

    [Theory]
    [InlineData(2, 130, "PS> Select-IHModel chat\n")]
    [InlineData(15, 143, "# Meanwhile, in this one:")]
    public async Task Leaves_nothing_when_it_is_interrupted(int signal, int exitCode, string after)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals to send");
        await using QuickstartProcess run = QuickstartProcess.Start(EnvironmentMap.Empty);
        await run.WaitForOutputAsync(after, Limit);
        run.Signal(signal);
        await run.WaitForExitAsync(Limit);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.DoesNotContain("is killed", run.Errors, StringComparison.Ordinal);
        run.AssertNothingIsLeft();
    }
}

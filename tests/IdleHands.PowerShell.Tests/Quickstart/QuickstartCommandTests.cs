using IdleHands.Testing;
namespace IdleHands.PowerShell.Tests.Quickstart;

public sealed class QuickstartCommandTests
{
    private static CancellationToken Limit => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_a_command_with_the_module_loaded_and_formats_what_it_emits()
    {
        await using QuickstartProcess run = await QuickstartProcess.RunCommandAsync("Add-IHHost one; Get-IHHost | ForEach-Object Id; 1..2", Limit);
        Assert.Equal("one\n1\n2\n", run.Output);
        Assert.Equal(string.Empty, run.Errors);
        Assert.Equal(0, run.ExitCode);
        run.AssertNothingIsLeft();
    }

    [Fact]
    public async Task Ends_with_1_after_an_error_and_shows_its_id_and_what_to_do()
    {
        await using QuickstartProcess run = await QuickstartProcess.RunCommandAsync("Get-IHHost nope; 'went on'", Limit);
        Assert.Equal("went on\n", run.Output);
        Assert.StartsWith("Get-IHHost: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("\n  Recommendation: ", run.Errors, StringComparison.Ordinal);
        Assert.EndsWith("\n  Error id: HostNotFound\n", run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("throw 'no'", "RuntimeException: no\n  Error id: no\n")]
    [InlineData("if (", "ParserError: Missing condition")]
    public async Task Ends_with_1_when_the_command_cannot_go_on(string command, string error)
    {
        await using QuickstartProcess run = await QuickstartProcess.RunCommandAsync(command, Limit);
        Assert.StartsWith(error, run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task Ends_with_the_code_of_exit()
    {
        await using QuickstartProcess run = await QuickstartProcess.RunCommandAsync("exit 7", Limit);
        Assert.Equal(7, run.ExitCode);
    }

    [Fact]
    public async Task Uses_the_directories_of_the_caller_and_leaves_them_as_they_are()
    {
        string directory = Directory.CreateTempSubdirectory("idlehands-test-").FullName;
        try
        {
            var environment = new Dictionary<string, string> { ["IDLEHANDS_CONFIG_DIR"] = directory };
            await using QuickstartProcess run = QuickstartProcess.Start(environment, "-Command", "Add-IHHost kept; $env:IDLEHANDS_STATE_DIR");
            await run.WaitForExitAsync(Limit);
            Assert.Equal(Path.Combine(directory, "state") + "\n", run.Output);
            Assert.Contains("\"kept\"", await File.ReadAllTextAsync(Path.Combine(directory, "runtimes.json"), Limit), StringComparison.Ordinal);
            run.AssertNothingIsLeft();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Ends_what_a_command_left_running()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells which process inherited what");
        await using QuickstartProcess run = await QuickstartProcess.RunCommandAsync("/bin/sh -c 'sleep 300 > /dev/null 2>&1 &'", Limit);
        Assert.Contains("did not end by itself and is killed", run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
        run.AssertNothingIsLeft();
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    public async Task Stops_a_command_at_a_signal(int signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals to send");
        await using QuickstartProcess run = QuickstartProcess.Start(EnvironmentMap.Empty, "-Command", "'begun'; while ($true) { }");
        await run.WaitForOutputAsync("begun", Limit);
        run.Signal(signal);
        await run.WaitForExitAsync(Limit);
        Assert.Equal(exitCode, run.ExitCode);
        run.AssertNothingIsLeft();
    }

    [Fact]
    public async Task Refuses_an_option_that_it_does_not_know()
    {
        await using QuickstartProcess run = QuickstartProcess.Start(EnvironmentMap.Empty, "--what");
        await run.WaitForExitAsync(Limit);
        Assert.Equal("'--what' is not an option.\nSee --help.\n", run.Errors);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public async Task Runs_line_after_line_at_a_prompt_and_asks_there()
    {
        await using QuickstartProcess run = QuickstartProcess.Start(EnvironmentMap.Empty, "-Interactive");
        run.Type("$x = 4", "1/0", "$x + 1", "Add-IHHost h", "Remove-IHHost h", "n", "(Get-IHHost).Id", "exit 3");
        await run.WaitForExitAsync(Limit);
        Assert.Contains("PS> $x + 1\n5\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("[Y] Yes", run.Output, StringComparison.Ordinal);
        Assert.Contains("PS> (Get-IHHost).Id\nh\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("divide by zero", run.Errors, StringComparison.Ordinal);
        Assert.Equal(3, run.ExitCode);
        run.AssertNothingIsLeft();
    }

    [Fact]
    public async Task Refuses_a_question_that_nobody_can_answer()
    {
        await using QuickstartProcess run = await QuickstartProcess.RunCommandAsync("$Host.UI.ReadLine()", Limit);
        Assert.Contains("Nobody is there to answer", run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }
}

using System.Globalization;

namespace IdleHands.Testing;

/// <summary>Tests in which other processes work on the directories of the session, each with an engine of its own.</summary>
public abstract class ProcessTestBase : SelectTestBase
{
    /// <summary>Makes a process wait, ready to go, until it is told to; it ends where nobody is left to tell it.</summary>
    private const string Gate = "[Console]::Out.WriteLine('at the gate'); if ($null -eq [Console]::In.ReadLine()) { exit }; ";

    /// <summary>How often to repeat what happens at random instants.</summary>
    protected static int Rounds(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("IDLEHANDS_TEST_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? rounds : usual;

    /// <summary>Starts a process that runs PowerShell on the directories of the session.</summary>
    internal QuickstartProcess Start(string command) => QuickstartProcess.Start(
        new Dictionary<string, string>
        {
            ["IDLEHANDS_CONFIG_DIR"] = Session.ConfigurationDirectory,
            ["IDLEHANDS_STATE_DIR"] = Session.StateDirectory,
        },
        "-Command",
        command);

    /// <summary>Starts a process that waits at the gate, its engine warm.</summary>
    internal QuickstartProcess StartAtGate(string command) => Start(Gate + command);

    /// <summary>Waits until a process is at the gate.</summary>
    internal static Task ArriveAsync(QuickstartProcess process) => process.WaitForOutputAsync("at the gate\n", Token);

    /// <summary>Lets a process go.</summary>
    internal static void Go(QuickstartProcess process) => process.Type("go");

    /// <summary>Runs one to its end.</summary>
    internal async Task<QuickstartProcess> RunAsync(string command)
    {
        QuickstartProcess run = Start(command);
        await run.WaitForExitAsync(Token);
        return run;
    }

    internal static void AssertSucceeded(QuickstartProcess run) => Assert.True(run.ExitCode == 0, run.Output + run.Errors);
}

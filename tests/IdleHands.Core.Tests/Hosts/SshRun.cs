using System.Diagnostics;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Runs the system's ssh against an <see cref="SshServer"/>.</summary>
internal static class SshRun
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static void NeedsSshd() => Assert.SkipWhen(SshServer.WhyNot is not null, SshServer.WhyNot ?? "");

    /// <summary>Runs a command to its end.</summary>
    public static Task<ToolRun> SshAsync(this SshServer server, string command) => server.SshWithAsync([], command);

    /// <summary>Runs ssh with further options; words of a command may follow the host.</summary>
    public static Task<ToolRun> SshWithAsync(this SshServer server, IReadOnlyList<string> options, params IReadOnlyList<string> words) =>
        ToolRun.RunAsync("ssh", [.. options, .. server.ClientArguments, .. words], cancellationToken: Token);

    /// <summary>Starts a command that prints a first line, and waits for this line.</summary>
    public static async Task<(Process Session, string FirstLine)> StartSessionAsync(
        this SshServer server, string command, params IReadOnlyList<string> options)
    {
        var session = new Process { StartInfo = ToolRun.StartInfo("ssh", [.. options, .. server.ClientArguments, command]) };
        session.Start();
        string? line = await session.StandardOutput.ReadLineAsync(Token);
        return (session, line ?? throw new InvalidOperationException(await session.StandardError.ReadToEndAsync(Token)));
    }
}

using System.Diagnostics;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Throw-away accounts of this machine log in as others would, and go.</summary>
public sealed class SshUserTests
{
    public SshUserTests() => Assert.SkipWhen(SshUser.WhyNot is not null, SshUser.WhyNot ?? "");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_whose_name_has_a_dot_logs_in_by_the_password_of_an_askpass_program()
    {
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);

        ToolRun run = await ToolRun.RunAsync(
            "ssh",
            ["-o", "PubkeyAuthentication=no", .. server.ClientArguments, "id -un; echo \"$HOME\"; touch \"$HOME/mine\""],
            environment: user.AskPass,
            cancellationToken: Token);

        Assert.Contains('.', user.Name);
        Assert.Equal((0, $"{user.Name}\n{server.Home}\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Connections_of_another_user_end_with_the_server()
    {
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);
        (Process session, string directory) = await server.StartSessionAsync("pwd; exec cat");
        using Process client = session;

        await server.StopAsync();
        await client.WaitForExitAsync(Token);

        Assert.Equal((255, user.Home), (client.ExitCode, directory));
    }

    [Fact]
    public async Task A_disposed_account_is_gone()
    {
        SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        Assert.Equal(0, (await ToolRun.RunAsync("id", [user.Name], cancellationToken: Token)).ExitCode);

        await user.DisposeAsync();

        Assert.NotEqual(0, (await ToolRun.RunAsync("id", [user.Name], cancellationToken: Token)).ExitCode);
        Assert.False(Directory.Exists(user.Home));
    }
}

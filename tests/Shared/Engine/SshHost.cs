using System.Globalization;

namespace IdleHands.Testing;

/// <summary>A real sshd of this machine, as a host of the configuration.</summary>
public sealed class SshHost : IAsyncLifetime
{
    public SshServer Server { get; private set; } = null!;

    /// <summary>Parameters of <c>Add-IHHost</c> and <c>Set-IHHost</c>.</summary>
    public string Parameters => string.Create(
        CultureInfo.InvariantCulture,
        $"-Transport ssh -HostName {Server.Address} -Port {Server.Port} -UserName {Server.UserName} -KeyPath {Quote(Server.KeyPath)} -SshOption {string.Join(',', Server.Options.Select(Quote))}");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(SshServer.WhyNot is not null, SshServer.WhyNot ?? string.Empty);
        Server = await SshServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}

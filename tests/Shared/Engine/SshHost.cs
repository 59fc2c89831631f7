using System.Globalization;

namespace IdleHands.Testing;

/// <summary>A real sshd of this machine, as a host of the configuration.</summary>
public sealed class SshHost : IAsyncLifetime
{
    private SshServer? _server;

    /// <summary>The server. Where there can be none, the test that asks for it is skipped; a fixture can't skip one.</summary>
    public SshServer Server
    {
        get
        {
            Assert.SkipWhen(SshServer.WhyNot is not null, SshServer.WhyNot ?? string.Empty);
            return _server!;
        }
    }

    /// <summary>Parameters of <c>Add-IHHost</c> and <c>Set-IHHost</c>.</summary>
    public string Parameters => string.Create(
        CultureInfo.InvariantCulture,
        $"-Transport ssh -HostName {Server.Address} -Port {Server.Port} -UserName {Server.UserName} -KeyPath {Quote(Server.KeyPath)} -SshOption {string.Join(',', Server.Options.Select(Quote))}");

    public async ValueTask InitializeAsync()
    {
        if (SshServer.WhyNot is null)
        {
            _server = await SshServer.StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}

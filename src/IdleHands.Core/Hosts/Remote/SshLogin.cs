using System.ComponentModel;

namespace IdleHands.Hosts.Remote;

/// <summary>What a host is logged into with, secrets read.</summary>
/// <param name="KeyPath">Key file; null: whatever the client finds.</param>
/// <param name="Password">Password; null for none.</param>
internal sealed record SshLogin(string? KeyPath, string? Password)
{
    /// <summary>Beyond the client's own limit of the connection: logging in, a slow name service on the other side.</summary>
    private static readonly TimeSpan LoginLimit = TimeSpan.FromSeconds(20);

    /// <summary>Reads the secrets that a host is logged into with.</summary>
    /// <exception cref="IdleHandsException"><c>SecretUnavailable</c>.</exception>
    public static async Task<SshLogin> ReadAsync(RuntimeHost host, SecretResolver secrets, CancellationToken cancellationToken)
    {
        string? key = string.IsNullOrEmpty(host.KeyPath) ? null : host.KeyPath;
        if (key is not null && Secret.IsReference(key))
        {
            key = await secrets.ReadAsync("key_path", key, cancellationToken).ConfigureAwait(false);
        }

        string? password = host.Password switch
        {
            null => null,
            { Reference: { } reference } => await secrets.ReadAsync("password", reference, cancellationToken).ConfigureAwait(false),
            { } clear => secrets.Note(clear.Reveal()),
        };
        return new SshLogin(key, password);
    }

    /// <summary>Runs the client to its end, with the password at hand where there is one.</summary>
    /// <returns>What it said, and its exit code; null when it took too long.</returns>
    /// <exception cref="Win32Exception">There is no ssh client.</exception>
    public async Task<(string Said, int? ExitCode)> RunAsync(RuntimeHost host, NameList words, string directory, CancellationToken cancellationToken)
    {
        using IPasswordSource? source = await PrepareAsync(host, directory, cancellationToken).ConfigureAwait(false);
        ChildProgram client = ChildProgram.Start(words, source?.Environment);
        await using (client.ConfigureAwait(false))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(LoginLimit + host.EffectiveCheckTimeout);
            var error = new BoundedTail(64 * 1024);
            using var pumping = new CancellationTokenSource();
            Task pump = Task.WhenAll(error.PumpAsync(client.Error, pumping.Token), client.Output.CopyToAsync(Stream.Null, pumping.Token));
            await client.SendAsync(string.Empty, limit.Token).ConfigureAwait(false);
            int? code = null;
            try
            {
                // Not to the end of its streams: what goes on in the background may hold them open.
                code = await client.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Told by there being no exit code.
            }

            await pump.WaitAsync(TimeSpan.FromMilliseconds(code == 0 ? 0 : 200), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await pumping.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return (code is null ? error + "\nConnection timed out" : error.ToString(), code);
        }
    }

    /// <summary>Makes the password ready to be asked for; null where there is none.</summary>
    /// <exception cref="Win32Exception">There is no ssh client.</exception>
    public async Task<IPasswordSource?> PrepareAsync(RuntimeHost host, string directory, CancellationToken cancellationToken)
    {
        if (Password is null)
        {
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            return WindowsAskPass.Create(directory, Password);
        }

        string configuration = await ReadConfigurationAsync(host, cancellationToken).ConfigureAwait(false);
        return await SshAskPass.CreateAsync(directory, Password, AskerOf(configuration), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How the host asks: the client names the user and the name that it connects to, after its configuration.</summary>
    public static string AskerOf(string configuration)
    {
        string name = ValueOf(configuration, "hostkeyalias") is { Length: > 0 } alias and not "none" ? alias : ValueOf(configuration, "hostname");
        return $"{ValueOf(configuration, "user")}@{name}";
    }

    /// <summary>A value of the client's configuration; empty where it has none.</summary>
    public static string ValueOf(string configuration, string key) => configuration.Split('\n', StringSplitOptions.TrimEntries)
        .FirstOrDefault(line => line.StartsWith(key + " ", StringComparison.Ordinal))?[(key.Length + 1)..] ?? string.Empty;

    /// <summary>What the client makes of all its options and configuration files for a host: lines of a name and a value.</summary>
    /// <exception cref="Win32Exception">There is no ssh client.</exception>
    public async Task<string> ReadConfigurationAsync(RuntimeHost host, CancellationToken cancellationToken)
    {
        ChildProgram client = ChildProgram.Start(NameList.From(["ssh", "-G", .. new SshArguments(host, KeyPath, Password is not null).Alone().Skip(1)]));
        await using (client.ConfigureAwait(false))
        {
            await client.SendAsync(string.Empty, cancellationToken).ConfigureAwait(false);
            return (await client.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Output;
        }
    }
}

/// <summary>Answers the ssh client when it asks for a password.</summary>
internal interface IPasswordSource : IDisposable
{
    /// <summary>Variables for the ssh client.</summary>
    EnvironmentMap Environment { get; }
}

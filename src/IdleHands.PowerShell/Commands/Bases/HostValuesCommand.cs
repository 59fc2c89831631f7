using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Secrets;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>The values of a host, as parameters of the cmdlets that add and change one.</summary>
public abstract class HostValuesCommand : ChangeCommand<RuntimeHost>
{
    private readonly List<(string HostId, string Reference)> _kept = [];

    /// <summary>Name shown to people. The id where it is not given.</summary>
    [Parameter]
    public string? DisplayName { get; set; }

    /// <summary>How commands reach the host: local (this machine; the default), ssh (the system's OpenSSH client) or exec (a command prefix).</summary>
    [Parameter]
    [OneOf(ClosedSets.Transport)]
    [ArgumentCompleter(typeof(WordCompleter))]
    public string? Transport { get; set; }

    /// <summary>Name or address to connect to, for ssh.</summary>
    [Parameter]
    public string? HostName { get; set; }

    /// <summary>Port to connect to, for ssh. The client's own default where it is not given.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? Port { get; set; }

    /// <summary>User to connect as, for ssh.</summary>
    [Parameter]
    public string? UserName { get; set; }

    /// <summary>Private key file for ssh, or a reference to a secret: secret://[vault/]name or env:NAME.</summary>
    [Parameter]
    public string? KeyPath { get; set; }

    /// <summary>Password for ssh: a reference to it, secret://[vault/]name or env:NAME, or a SecureString. A SecureString is kept in the default vault of Microsoft.PowerShell.SecretManagement as idlehands-host-ID-password, in the place of one that is kept there, and referred to by that name.</summary>
    [Parameter]
    public object? Password { get; set; }

    /// <summary>Extra -o options of the ssh client, e.g. ConnectTimeout=5.</summary>
    [Parameter]
    public string[]? SshOption { get; set; }

    /// <summary>Command prefix of the exec transport, word by word, e.g. docker, exec, llama.</summary>
    [Parameter]
    public string[]? ExecPrefix { get; set; }

    /// <summary>Shell that reads the commands: bash, sh, pwsh or cmd. Where it is not given: bash (sh where there is none) on Unix, pwsh on Windows.</summary>
    [Parameter]
    [OneOf(ClosedSets.Shell)]
    [ArgumentCompleter(typeof(WordCompleter))]
    public string? Shell { get; set; }

    /// <summary>GPUs of the host, for people to read.</summary>
    [Parameter]
    public string[]? Gpu { get; set; }

    /// <summary>GPU memory of the host, in GB.</summary>
    [Parameter]
    [EmptyIsNull]
    public double? VramGB { get; set; }

    /// <summary>Backends that the host has, by id or type. A plan warns where it uses another.</summary>
    [Parameter]
    [PolicyOf(EntryKinds.Backend, "Backend")]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    public string[]? Backend { get; set; }

    /// <summary>Command that tells whether the host is well: exit code 0. It may ask for {host} and {host_id}. Nothing is checked where it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? CheckCommand { get; set; }

    /// <summary>Limit of the check command, in seconds. 5 where it is not given.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? CheckTimeoutSec { get; set; }

    /// <summary>Command template that stops the running model, rendered with that model. Where it is not given, what was launched is stopped by its recorded session.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? StopCommand { get; set; }

    /// <summary>Command template that runs right after a stop, rendered with the model that was stopped.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? CleanupCommand { get; set; }

    /// <summary>How long running requests may take before a model is stopped, in seconds; 0 doesn't wait for them. 30 where it is not given.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? DrainSec { get; set; }

    /// <summary>How long a model may take to end after it was told to, before it is told again and then killed, in seconds. 10 where it is not given.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? StopGraceSec { get; set; }

    private protected override EntryKind<RuntimeHost> Kind => HostKind.Instance;

    /// <inheritdoc />
    private protected override async Task ApplyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await base.ApplyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            foreach ((string hostId, string reference) in _kept)
            {
                WriteWarning($"The configuration was not written, and the vault keeps the password of host '{hostId}' all the same, as {reference}.");
            }

            throw;
        }
    }

    /// <summary>Keeps the passwords of the hosts that are going to be written, and of no others. The lock is held, so that none can come in between.</summary>
    private protected override async Task<RuntimeConfiguration> EditAsync(
        RuntimeConfiguration current, Action<string, IdleHandsException> onFailure, CancellationToken cancellationToken)
    {
        RuntimeConfiguration edited = Edit(current, onFailure);
        if (edited.Hosts.All(host => host.Password?.Unkept is null))
        {
            return edited;
        }

        var vault = new SecretManagementVault(this);
        var hosts = new List<RuntimeHost>(edited.Hosts.Count);
        foreach (RuntimeHost host in edited.Hosts)
        {
            if (host.Password is not { Unkept: { } password, Reference: { } reference } secret)
            {
                hosts.Add(host);
                continue;
            }

            try
            {
                await vault.KeepAsync(SecretReference.TryParse(reference)!.Name, password, host.Id, cancellationToken).ConfigureAwait(false);
                _kept.Add((host.Id, reference));
                hosts.Add(host with { Password = secret.AsKept() });
            }
            catch (IdleHandsException failure)
            {
                onFailure(host.Id, failure);
                hosts.AddRange(current.Hosts.Where(before => before.Id == host.Id));
            }
        }

        return edited with { Hosts = hosts };
    }
}

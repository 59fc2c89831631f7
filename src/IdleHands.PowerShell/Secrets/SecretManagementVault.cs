using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using IdleHands.Hosts;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Secrets;

/// <summary>
/// The vaults of Microsoft.PowerShell.SecretManagement, where that module is installed. It is looked for when the first
/// secret is needed, and not before.
/// </summary>
/// <param name="cmdlet">The cmdlet that needs the secrets.</param>
/// <param name="limit">How long a vault may take to answer, a question for its password included; null: two minutes.</param>
internal sealed class SecretManagementVault(AsyncPSCmdlet cmdlet, TimeSpan? limit = null) : ISecretVault
{
    private const string Prefix = VaultErrors.Module + "\\";

    private readonly VaultSession _session = new(cmdlet, limit ?? TimeSpan.FromMinutes(2));

    /// <inheritdoc />
    public async Task<string> ReadAsync(string? vault, string name, CancellationToken cancellationToken)
    {
        var given = new Hashtable { ["Name"] = name, ["AsPlainText"] = true };
        if (vault is not null)
        {
            given["Vault"] = vault;
        }

        try
        {
            VaultReply reply = await _session.RunAsync(Prefix + "Get-Secret", given, cancellationToken).ConfigureAwait(false);
            return reply.Output is [{ } found, ..]
                ? ToText(found.BaseObject, name)
                : throw await ExplainAsync(reply.Errors, vault, name, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw VaultErrors.TimedOut(e, vault);
        }
    }

    /// <summary>Keeps a password in the default vault, in the place of one that has its name.</summary>
    /// <param name="name">The secret's name.</param>
    /// <param name="value">The password.</param>
    /// <param name="hostId">Whose it is, for the words of an error.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException"><c>NoVault</c>, <c>PasswordNotKept</c>.</exception>
    public async Task KeepAsync(string name, SecureString value, string hostId, CancellationToken cancellationToken)
    {
        try
        {
            VaultReply vaults = await _session.RunAsync(Prefix + "Get-SecretVault", [], cancellationToken).ConfigureAwait(false);
            if (vaults is { Output: [], Errors: [] })
            {
                throw Failures.NoVault(VaultErrors.NoneRegistered());
            }

            var given = new Hashtable { ["Name"] = name, ["SecureStringSecret"] = value };
            VaultReply reply = vaults.Errors.Count > 0
                ? vaults
                : await _session.RunAsync(Prefix + "Set-Secret", given, cancellationToken).ConfigureAwait(false);
            if (reply.Errors.Count == 0)
            {
                return;
            }

            VaultException why = await ExplainAsync(reply.Errors, null, name, cancellationToken).ConfigureAwait(false);
            throw VaultErrors.IsNoVault(reply.Errors) ? Failures.NoVault(why) : Failures.PasswordNotKept(hostId, why);
        }
        catch (TimeoutException e)
        {
            throw Failures.PasswordNotKept(hostId, VaultErrors.TimedOut(e, null));
        }
    }

    /// <summary>Vaults that know only credentials keep a text as the password of one.</summary>
    private static string ToText(object found, string name) => found switch
    {
        string text => text,
        SecureString text => new NetworkCredential(string.Empty, text).Password,
        PSCredential credential => credential.GetNetworkCredential().Password,
        _ => throw VaultErrors.NoText(found, name),
    };

    private async Task<VaultException> ExplainAsync(
        IReadOnlyList<ErrorRecord> errors, string? vault, string name, CancellationToken cancellationToken)
    {
        if (VaultErrors.IsModuleMissing(errors))
        {
            var given = new Hashtable { ["Name"] = VaultErrors.Module, ["ListAvailable"] = true };
            VaultReply modules = await _session.RunAsync("Microsoft.PowerShell.Core\\Get-Module", given, cancellationToken).ConfigureAwait(false);
            return VaultErrors.ModuleMissing(isInstalled: modules.Output.Count > 0);
        }

        if (vault is null && VaultErrors.IsNotFound(errors))
        {
            VaultReply vaults = await _session.RunAsync(Prefix + "Get-SecretVault", [], cancellationToken).ConfigureAwait(false);
            if (vaults is { Output: [], Errors: [] })
            {
                return VaultErrors.NoneRegistered();
            }
        }

        return VaultErrors.Explain(errors, vault, name);
    }
}

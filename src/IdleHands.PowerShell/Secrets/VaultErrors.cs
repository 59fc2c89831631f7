using System.Management.Automation;
using System.Management.Automation.Host;
using System.Text.RegularExpressions;
using IdleHands.Hosts;

namespace IdleHands.PowerShell.Secrets;

/// <summary>
/// Says why a vault did not do what it was asked, and what to do. A function of the errors that the module wrote: their
/// ids and exceptions are those of Microsoft.PowerShell.SecretManagement 1.1.
/// </summary>
internal static partial class VaultErrors
{
    internal const string Module = "Microsoft.PowerShell.SecretManagement";

    private const string SecretNotFound = "GetSecretNotFound";
    private const string VaultNotFound = "GetSecretVaultNotFound";
    private const string NoDefaultVault = "SetSecretFailNoVault";

    /// <summary>What a vault throws that wants its password first; the type is known by its name only.</summary>
    private const string PasswordRequired = "PasswordRequiredException";

    private const string RegisterAdvice =
        "Register one: Install-PSResource Microsoft.PowerShell.SecretStore; Register-SecretVault -Name SecretStore -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault";

    private const string UnlockAdvice = "Unlock it before, in this session: Unlock-SecretStore, or Unlock-SecretVault for a vault of another kind.";
    private const int LongestMessage = 300;

    /// <summary>True when the module itself is not there, or can't be loaded.</summary>
    public static bool IsModuleMissing(IReadOnlyList<ErrorRecord> errors) =>
        errors.Any(error => error.Exception is CommandNotFoundException { CommandName: { } command } && command.StartsWith(Module, StringComparison.OrdinalIgnoreCase));

    /// <summary>True when nothing is wrong but that there is no such secret.</summary>
    public static bool IsNotFound(IReadOnlyList<ErrorRecord> errors) => errors.All(error => IdOf(error) == SecretNotFound);

    /// <summary>True when there is no vault that could keep a secret.</summary>
    public static bool IsNoVault(IReadOnlyList<ErrorRecord> errors) =>
        IsModuleMissing(errors) || errors.Any(error => IdOf(error) == NoDefaultVault);

    /// <summary>The module can't be used.</summary>
    public static VaultException ModuleMissing(bool isInstalled) => isInstalled
        ? new($"the module {Module} can't be loaded", $"Import-Module {Module} tells why.")
        : new($"the module {Module} is not installed", $"Install it and register a vault: Install-PSResource {Module}, then Register-SecretVault.");

    /// <summary>There is no vault at all.</summary>
    public static VaultException NoneRegistered() => new("no vault is registered", RegisterAdvice);

    /// <summary>The vault did not answer.</summary>
    public static VaultException TimedOut(TimeoutException cause, string? vault) => new($"{Name(vault)} gave {cause.Message}", UnlockAdvice);

    /// <summary>What the vault gave can't be a variable's value.</summary>
    public static VaultException NoText(object found, string name) =>
        new($"it is a {found.GetType().Name}, not a text", $"Keep a text under this name: Set-Secret -Name {name} -Secret …");

    /// <summary>Any other trouble.</summary>
    public static VaultException Explain(IReadOnlyList<ErrorRecord> errors, string? vault, string name)
    {
        if (errors.Any(error => IdOf(error) == VaultNotFound))
        {
            return vault is null
                ? new("the default vault is no longer registered", "Get-SecretVault lists those there are; Set-SecretVaultDefault names another.")
                : new($"there is no vault '{vault}'", "Get-SecretVault lists those there are; Register-SecretVault adds one.");
        }

        if (errors.Any(error => IdOf(error) == NoDefaultVault))
        {
            return new("no vault is the default one", "Name it: Set-SecretVaultDefault");
        }

        if (errors.SelectMany(Causes).Any(cause => cause is HostException || cause.GetType().Name == PasswordRequired))
        {
            return new($"{Name(vault)} is locked", UnlockAdvice);
        }

        if (IsNotFound(errors))
        {
            string where = vault is null ? string.Empty : $" -Vault {vault}";
            return new(
                vault is null ? $"no vault has a secret '{name}'" : $"vault '{vault}' has no secret '{name}'",
                $"Keep it there: Set-Secret -Name {name}{where}; Get-SecretInfo lists the secrets there are.");
        }

        string said = Causes(errors.First(error => IdOf(error) != SecretNotFound)).Last().Message;
        return new($"{Name(vault)} refused: {Clean(said)}", $"Test-SecretVault{(vault is null ? string.Empty : $" {vault}")} looks whether the vault works. {UnlockAdvice}");
    }

    private static string Name(string? vault) => vault is null ? "the vault" : $"vault '{vault}'";

    private static string IdOf(ErrorRecord error) => error.FullyQualifiedErrorId.Split(',')[0];

    private static IEnumerable<Exception> Causes(ErrorRecord error)
    {
        for (Exception? cause = error.Exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    /// <summary>One line, without the full stop that the sentence around it sets.</summary>
    private static string Clean(string message)
    {
        string line = Spaces().Replace(message, " ").Trim().TrimEnd('.');
        return line.Length > LongestMessage ? line[..LongestMessage] + "…" : line;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

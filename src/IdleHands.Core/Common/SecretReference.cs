namespace IdleHands;

/// <summary>Where a secret is kept, as a reference says it.</summary>
/// <param name="IsEnvironment">True for a variable of the environment; false for a secret of a vault.</param>
/// <param name="Vault">The vault; null for the default one.</param>
/// <param name="Name">Name of the variable or of the secret.</param>
internal sealed record SecretReference(bool IsEnvironment, string? Vault, string Name)
{
    private const string EnvironmentPrefix = "env:";
    private const string VaultPrefix = "secret://";

    /// <summary>True when a text is meant as a reference, whether it can be read or not.</summary>
    public static bool IsMeant(string text) =>
        text.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) || text.StartsWith(VaultPrefix, StringComparison.Ordinal);

    /// <summary>
    /// Reads <c>env:NAME</c>, <c>secret://name</c> and <c>secret://vault/name</c>; null for anything else, also for a
    /// name that is empty, has spaces at an end, or a slash or control character in it.
    /// </summary>
    public static SecretReference? TryParse(string text)
    {
        if (text.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
        {
            string variable = text[EnvironmentPrefix.Length..];
            return IsName(variable) && !variable.Contains('=') ? new(true, null, variable) : null;
        }

        if (!text.StartsWith(VaultPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = text[VaultPrefix.Length..].Split('/');
        return parts.Length <= 2 && Array.TrueForAll(parts, IsName)
            ? new(false, parts.Length == 2 ? parts[0] : null, parts[^1])
            : null;
    }

    /// <summary>The reference to a secret of the default vault.</summary>
    public static string ToDefaultVault(string name) => VaultPrefix + name;

    private static bool IsName(string text) => text.Length > 0 && text == text.Trim() && !text.Any(char.IsControl);
}

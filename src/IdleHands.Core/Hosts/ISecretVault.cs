namespace IdleHands.Hosts;

/// <summary>A place that keeps secrets. Asked only for a reference that is needed, and once for each.</summary>
public interface ISecretVault
{
    /// <summary>Reads a secret as text.</summary>
    /// <param name="vault">The vault; null for the default one.</param>
    /// <param name="name">The secret's name in it.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="VaultException">It is not to be had.</exception>
    Task<string> ReadAsync(string? vault, string name, CancellationToken cancellationToken);
}

/// <summary>Why a vault did not give a secret, and what to do.</summary>
/// <param name="reason">Why, as the end of a sentence.</param>
/// <param name="advice">What to do, naming a command.</param>
public sealed class VaultException(string reason, string advice) : Exception(reason)
{
    /// <summary>What to do, naming a command.</summary>
    public string Advice { get; } = advice;
}

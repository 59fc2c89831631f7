using System.Diagnostics.CodeAnalysis;

namespace IdleHands.Hosts;

/// <summary>
/// Turns secret references into values, at the moment they are handed to a process. One resolver serves one command: it
/// asks once for each secret, and knows afterwards what must not be shown.
/// </summary>
/// <param name="vault">Where <c>secret://</c> references are read; null where there is none.</param>
public sealed class SecretResolver(ISecretVault? vault = null)
{
    private readonly Dictionary<string, Task<string>> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _values = new(StringComparer.Ordinal);
    private volatile Redaction _redaction = Redaction.None;

    /// <summary>The values of variables whose value is a reference.</summary>
    /// <exception cref="IdleHandsException"><c>SecretUnavailable</c>.</exception>
    public Task<IReadOnlyDictionary<string, string>> ResolveAsync(EnvironmentMap references, CancellationToken cancellationToken) =>
        ResolveAsync(references, isOptional: false, cancellationToken);

    /// <summary>As <see cref="ResolveAsync(EnvironmentMap, CancellationToken)"/>, without those that are not to be had: a stop must not fail for want of a key.</summary>
    public Task<IReadOnlyDictionary<string, string>> ResolveAvailableAsync(EnvironmentMap references, CancellationToken cancellationToken) =>
        ResolveAsync(references, isOptional: true, cancellationToken);

    /// <summary>A text that a program wrote, without the secrets that were read so far.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public string? Redact(string? text) => text is null ? null : _redaction.Apply(text);

    /// <summary>All that is masked: the secrets that were read so far, as programs may write them.</summary>
    internal IReadOnlyCollection<string> Masked => _redaction.Forms;

    private async Task<IReadOnlyDictionary<string, string>> ResolveAsync(
        EnvironmentMap references, bool isOptional, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
        {
            return EnvironmentMap.Empty;
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string variable, string reference) in references)
        {
            try
            {
                values[variable] = await ReadAsync(variable, reference, cancellationToken).ConfigureAwait(false);
            }
            catch (IdleHandsException) when (isOptional)
            {
                // The command that misses it says so itself.
            }
        }

        return values;
    }

    /// <summary>Notes a secret that stands in clear in the configuration, so that it is masked like all others.</summary>
    internal string Note(string value)
    {
        Remember(value);
        return value;
    }

    /// <summary>The value of one secret.</summary>
    /// <param name="variable">What it is for: a variable, or a property of a host.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException"><c>SecretUnavailable</c>.</exception>
    internal async Task<string> ReadAsync(string variable, string reference, CancellationToken cancellationToken)
    {
        if (SecretReference.TryParse(reference) is not { } secret)
        {
            throw Unavailable(variable, reference, "it is no reference to a secret", "A reference is env:NAME, secret://name or secret://vault/name.");
        }

        try
        {
            string value = await AskOnceAsync(reference, secret, cancellationToken).ConfigureAwait(false);
            Remember(value);
            return value;
        }
        catch (VaultException e)
        {
            throw Unavailable(variable, reference, e.Message, e.Advice);
        }
    }

    private void Remember(string value)
    {
        lock (_values)
        {
            if (_values.Add(value))
            {
                _redaction = new Redaction(_values);
            }
        }
    }

    /// <summary>The one answer to a reference, good or bad; but that one who asked was broken off is no answer for anybody else.</summary>
    private async Task<string> AskOnceAsync(string reference, SecretReference secret, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<string>? answer;
            bool isOwn = false;
            lock (_asked)
            {
                if (!_asked.TryGetValue(reference, out answer) || answer.IsCanceled)
                {
                    _asked[reference] = answer = AskAsync(secret, cancellationToken);
                    isOwn = true;
                }
            }

            try
            {
                return await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!isOwn && answer.IsCanceled && !cancellationToken.IsCancellationRequested)
            {
                // Whoever asked was broken off meanwhile: it is asked anew.
            }
        }
    }

    private async Task<string> AskAsync(SecretReference secret, CancellationToken cancellationToken)
    {
        if (secret.IsEnvironment)
        {
            return Environment.GetEnvironmentVariable(secret.Name) ?? throw new VaultException(
                $"the environment variable '{secret.Name}' is not set in this session", $"Set it before: $env:{secret.Name} = '…'");
        }

        if (vault is null)
        {
            throw new VaultException("there is no vault to read it from here", "Give it as an environment variable of this session: env:NAME.");
        }

        string value = await vault.ReadAsync(secret.Vault, secret.Name, cancellationToken).ConfigureAwait(false);
        return value.Contains('\0', StringComparison.Ordinal)
            ? throw new VaultException("it holds a NUL character, which no environment variable can", $"Keep it without that: Set-Secret -Name {secret.Name}")
            : value;
    }

    private static IdleHandsException Unavailable(string variable, string reference, string why, string recommendation) => new(
        "SecretUnavailable",
        FailureKind.NotFound,
        $"The secret '{reference}' of the variable '{variable}' is not to be had: {why}.",
        recommendation,
        reference);
}

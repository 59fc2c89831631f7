using IdleHands.Hosts;

namespace IdleHands.Diagnostics;

/// <summary>Asks for the secrets that backends refer to, as a select would. Those of hosts are asked for when they are logged into.</summary>
internal static class SecretRules
{
    /// <summary>All findings.</summary>
    public static async Task<IReadOnlyList<DiagnosticFinding>> CheckAsync(IEnumerable<RuntimeBackend> backends, SecretResolver secrets, CancellationToken cancellationToken)
    {
        var findings = new List<DiagnosticFinding>();
        foreach (RuntimeBackend backend in backends)
        {
            foreach ((string variable, string reference) in (backend.Environment ?? EnvironmentMap.Empty).Where(pair => Secret.IsReference(pair.Value)))
            {
                try
                {
                    await secrets.ReadAsync(variable, reference, cancellationToken).ConfigureAwait(false);
                }
                catch (IdleHandsException e)
                {
                    findings.Add(Unavailable(Subject.Of(backend), $"Backend '{backend.Id}': {e.Message}", e, $"Set-IHBackend {backend.Id} -Environment changes the reference."));
                }
            }
        }

        return findings;
    }

    /// <summary>That a secret is not to be had.</summary>
    public static DiagnosticFinding Unavailable(Subject about, string message, IdleHandsException cause, string otherwise) =>
        DiagnosticRule.SecretUnavailable.Find(DiagnosticSeverity.Error, about, message, cause.Recommendation ?? otherwise);
}

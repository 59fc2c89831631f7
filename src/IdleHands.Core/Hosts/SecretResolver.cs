namespace IdleHands.Hosts;

/// <summary>Turns secret references into values, at the moment they are handed to a process.</summary>
internal static class SecretResolver
{
    private const string EnvironmentPrefix = "env:";

    /// <summary>The values of variables whose value is a reference.</summary>
    /// <exception cref="IdleHandsException"><c>SecretUnavailable</c>.</exception>
    public static IReadOnlyDictionary<string, string> Resolve(EnvironmentMap references) =>
        references.Count == 0
            ? EnvironmentMap.Empty
            : references.ToDictionary(pair => pair.Key, pair => Resolve(pair.Key, pair.Value), StringComparer.Ordinal);

    /// <summary>As <see cref="Resolve(EnvironmentMap)"/>, without those that are not to be had: a stop must not fail for want of a key.</summary>
    public static IReadOnlyDictionary<string, string> ResolveAvailable(EnvironmentMap references)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string variable, string reference) in references)
        {
            try
            {
                values[variable] = Resolve(variable, reference);
            }
            catch (IdleHandsException)
            {
                // The command that misses it says so itself.
            }
        }

        return values;
    }

    private static string Resolve(string variable, string reference)
    {
        if (!reference.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
        {
            throw Unavailable(variable, reference, "secrets of a vault can't be read by this version", "Give it as an environment variable of this session: env:NAME.");
        }

        string name = reference[EnvironmentPrefix.Length..];
        return Environment.GetEnvironmentVariable(name)
            ?? throw Unavailable(variable, reference, $"the environment variable '{name}' is not set in this session", $"Set it before: $env:{name} = '…'");
    }

    private static IdleHandsException Unavailable(string variable, string reference, string why, string recommendation) => new(
        "SecretUnavailable",
        FailureKind.NotFound,
        $"The secret '{reference}' of the variable '{variable}' is not to be had: {why}.",
        recommendation,
        reference);
}

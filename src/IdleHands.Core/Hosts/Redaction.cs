namespace IdleHands.Hosts;

/// <summary>Takes secrets out of what programs print: they may echo what they were handed.</summary>
internal static class Redaction
{
    private const string Mask = "***";

    /// <summary>The text with every one of these values masked, the longest first.</summary>
    public static string Apply(string text, IEnumerable<string> secrets)
    {
        foreach (string secret in secrets.Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length))
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }
}

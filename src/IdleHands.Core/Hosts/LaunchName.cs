using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace IdleHands.Hosts;

/// <summary>What the id of a launch tells: <c>&lt;model id&gt;-&lt;yyyyMMddTHHmmss, UTC&gt;-&lt;6 hex&gt;</c>. It names the files of the launch.</summary>
/// <param name="LaunchId">The whole id.</param>
/// <param name="ModelId">The model that was launched.</param>
/// <param name="Stamp">When, by the clock of that time; sorts as text.</param>
internal sealed partial record LaunchName(string LaunchId, string ModelId, string Stamp)
{
    /// <summary>A new id for a launch of a model.</summary>
    public static string Create(string modelId, DateTimeOffset now)
    {
        string stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        return $"{modelId}-{stamp}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
    }

    /// <summary>Reads an id; null for any text that this module did not make. What passes is safe as the name of a file.</summary>
    public static LaunchName? TryParse(string text) => Form().Match(text) is { Success: true } match
        ? new LaunchName(text, match.Groups[1].Value, match.Groups[2].Value)
        : null;

    [GeneratedRegex(@"\A([a-z0-9][a-z0-9-]{0,63})-([0-9]{8}T[0-9]{6})-[0-9a-f]{6}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

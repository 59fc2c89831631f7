using System.Management.Automation;

namespace IdleHands.PowerShell.Transforms;

/// <summary>
/// Takes one word of a closed set, in any case, and gives it as the configuration writes it. Null and an empty text
/// pass: they clear an optional value, which <c>ValidateSet</c> would not let them.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneOfAttribute(string parameter) : ArgumentTransformationAttribute
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        string? given = (inputData is PSObject wrapped ? wrapped.BaseObject : inputData)?.ToString();
        if (string.IsNullOrEmpty(given))
        {
            return null;
        }

        NameList words = ClosedSets.Of(parameter);
        return words.FirstOrDefault(word => word.Equals(given, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentTransformationMetadataException($"-{parameter} takes {string.Join(", ", words.SkipLast(1))} or {words[^1]}, not '{given}'.");
    }
}

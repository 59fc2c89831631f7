using System.Management.Automation;

namespace IdleHands.PowerShell.Transforms;

/// <summary>Takes one id or object of one kind, and gives the id. Null and an empty text pass: they clear an optional value.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class IdOfAttribute(string word, string parameter) : ArgumentTransformationAttribute
{
    private readonly IdsOfAttribute _ids = new(word, "-" + parameter);

    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (EmptyIsNullAttribute.IsEmpty(inputData))
        {
            return null;
        }

        var ids = (string[])_ids.Transform(engineIntrinsics, inputData)!;
        return ids is [var id]
            ? id
            : throw new ArgumentTransformationMetadataException($"-{parameter} takes one {word}, not {ids.Length}.");
    }
}

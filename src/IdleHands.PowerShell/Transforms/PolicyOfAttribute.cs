using System.Management.Automation;

namespace IdleHands.PowerShell.Transforms;

/// <summary>Takes the word <c>any</c>, or ids and objects of one kind, in order of preference. Null and an empty text clear it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PolicyOfAttribute(string word, string parameter) : ArgumentTransformationAttribute
{
    private readonly IdsOfAttribute _ids = new(word, "-" + parameter);

    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        EmptyIsNullAttribute.IsEmpty(inputData) ? null : _ids.Transform(engineIntrinsics, inputData);
}

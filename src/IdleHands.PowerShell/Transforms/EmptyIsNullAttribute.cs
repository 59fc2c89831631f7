using System.Management.Automation;

namespace IdleHands.PowerShell.Transforms;

/// <summary>Takes an empty text as null, so that both clear an optional value of any type, as they do in a CSV file.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EmptyIsNullAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        IsEmpty(inputData) ? null : inputData;

    internal static bool IsEmpty(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) is null or "";
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace IdleHands.PowerShell.Transforms;

/// <summary>Takes <c>8000-8100</c>, <c>8080,8081,9000</c>, a text with both, integers and lists of all these, and gives a port set.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PortSetTransformAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (given is null or PortSet)
        {
            return given;
        }

        string text = string.Join(',', Pieces(given));
        try
        {
            return PortSet.Parse(text);
        }
        catch (IdleHandsException e)
        {
            throw new ArgumentTransformationMetadataException(e.Message, e);
        }
    }

    private static IEnumerable<string?> Pieces(object? value)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        return plain is IList list
            ? list.Cast<object?>().SelectMany(Pieces)
            : [Convert.ToString(plain, CultureInfo.InvariantCulture)];
    }
}

using System.Collections;
using System.Globalization;
using System.Management.Automation;
using IdleHands.PowerShell.Entries;

namespace IdleHands.PowerShell.Transforms;

/// <summary>
/// Takes ids, objects of one kind, and plain property bags with an <c>Id</c> (CSV rows), and gives ids. Objects of
/// another kind are refused: a host that is piped to <c>Remove-IHModel</c> must not remove a model of the same name.
/// </summary>
/// <param name="word">One of <see cref="EntryKinds"/>.</param>
/// <param name="taker">The cmdlet or parameter, for the message.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class IdsOfAttribute(string word, string taker) : ArgumentTransformationAttribute
{
    /// <summary>True where what tells of a model will do in its place: a runtime, a result, an entry of the history, a health row.</summary>
    public bool TakesNews { get; init; }

    /// <summary>True where another parameter takes files: one that comes down the pipeline is left to it.</summary>
    public bool LeavesFiles { get; init; }

    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        EntryKind kind = EntryKinds.Of(word);
        return inputData switch
        {
            null => null,
            PSObject { BaseObject: IList list } => Ids(kind, list),
            IList list => Ids(kind, list),
            _ => Ids(kind, new[] { inputData }),
        };
    }

    private string[] Ids(EntryKind kind, IList list) => list.Cast<object?>().SelectMany(item => Ids(kind, item)).ToArray();

    private string[] Ids(EntryKind kind, object? item)
    {
        if (item is null)
        {
            throw new ArgumentTransformationMetadataException($"{taker} takes {kind.Word}s or their ids, and $null is neither.");
        }

        var input = PSObject.AsPSObject(item);
        if (input.BaseObject is string or ValueType)
        {
            return [Convert.ToString(input.BaseObject, CultureInfo.InvariantCulture)!];
        }

        if (kind.IdOf(input.BaseObject) is { } own)
        {
            return [own];
        }

        if (TakesNews && input.BaseObject is ActiveRuntime or SelectResult or HistoryEntry or HealthResult { Section: HealthSection.Model })
        {
            return [(string)InputShape.Value(input, "Id")!];
        }

        if (LeavesFiles && InputShape.IsFile(input))
        {
            // The cause tells the binder to go on with the other parameters.
            string message = $"{taker} takes {kind.Word}s or their ids here, and not {InputShape.Describe(input)}, which may be a source: give it as -Source.";
            throw new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
        }

        bool carriesId = InputShape.IsCopyOf(kind, input) || InputShape.IsBag(input);
        return (carriesId ? InputShape.Value(input, "Id") : null) switch
        {
            PSObject { BaseObject: IList list } => Ids(kind, list),
            IList list => Ids(kind, list),
            { } id => [id.ToString()!],
            null => throw new ArgumentTransformationMetadataException(
                $"{taker} takes {kind.Word}s or their ids, not {(carriesId ? "an object without an Id" : InputShape.Describe(input))}."),
        };
    }
}

using System.Collections;
using System.Management.Automation;
using IdleHands.PowerShell.Entries;

namespace IdleHands.PowerShell.Transforms;

/// <summary>
/// Takes models or their ids, and objects that name a launch by a <c>LaunchId</c>, such as the active runtime; gives ids
/// of models and of launches. An active runtime that was launched by something else stands for its model.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LogsOfAttribute : ArgumentTransformationAttribute
{
    private readonly IdsOfAttribute _models = new(EntryKinds.Model, "Get-IHLog");

    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData switch
    {
        PSObject { BaseObject: IList list } => Ids(engineIntrinsics, list),
        IList list => Ids(engineIntrinsics, list),
        _ => LaunchOf(inputData) is { } id ? new[] { id } : _models.Transform(engineIntrinsics, inputData),
    };

    private string[] Ids(EngineIntrinsics engineIntrinsics, IList list) =>
        list.Cast<object?>().SelectMany(item => LaunchOf(item) is { } id ? [id] : (string[])_models.Transform(engineIntrinsics, new[] { item })!).ToArray();

    private static string? LaunchOf(object? item)
    {
        if (item is null || PSObject.AsPSObject(item) is not { BaseObject: not string } input)
        {
            return null;
        }

        string? launch = InputShape.Value(input, "LaunchId")?.ToString();
        return input.BaseObject switch
        {
            _ when !string.IsNullOrEmpty(launch) => launch,
            ActiveRuntime runtime => runtime.Id,
            HistoryEntry or SelectResult => throw new ArgumentTransformationMetadataException($"No launch came of {InputShape.Describe(input)} of model '{InputShape.Value(input, "Id")}', so it has no log."),
            _ => null,
        };
    }
}

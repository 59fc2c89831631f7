using System.Globalization;
using System.Management.Automation;
using IdleHands.Execution;
using IdleHands.Planning;

namespace IdleHands.PowerShell.Transforms;

/// <summary>Takes a plan, or the property bag that is left of one after an export, and gives what identifies it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PlanTransformAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc />
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return given switch
        {
            PlanReference => given,
            RuntimePlan plan => new PlanReference(plan.Request, plan.ConfigurationHash, plan.StateHash),
            _ when inputData is PSObject bag && Read(bag) is { } reference => reference,
            _ when inputData is PSObject flat && Text(flat, "ConfigurationHash") is not null && Text(flat, "Request") is not null =>
                throw new ArgumentTransformationMetadataException(
                    "This copy of a plan is too flat to tell what was asked. Export it with -Depth 2 or more; a plan that a background job makes has to be carried out in that job."),
            _ => throw new ArgumentTransformationMetadataException(
                $"Invoke-IHPlan takes a plan of Select-IHModel -DryRun, not {given?.GetType().Name ?? "nothing"}."),
        };
    }

    private static PlanReference? Read(PSObject bag)
    {
        if (Value(bag, "Request") is not { } nested || Text(bag, "ConfigurationHash") is not { } configuration || Text(bag, "StateHash") is not { } state)
        {
            return null;
        }

        var request = PSObject.AsPSObject(nested);
        return Text(request, "ModelId") is not { } modelId
            ? null
            : new PlanReference(
                new PlanRequest(modelId)
                {
                    Source = Text(request, "Source"),
                    HostId = Text(request, "HostId"),
                    BackendId = Text(request, "BackendId"),
                    Restart = Value(request, "Restart") is true,
                    Force = Value(request, "Force") is true,
                    Tunnel = Value(request, "Tunnel") is true,
                    Placement = Text(request, "Placement") ?? Placement.Policy,
                    RequireFit = Value(request, "RequireFit") is true,
                    ProbeTimeout = Duration(Value(request, "ProbeTimeout")),
                },
                configuration,
                state);
    }

    private static object? Value(PSObject bag, string name) => bag.Properties[name]?.Value;

    private static string? Text(PSObject bag, string name) => Value(bag, name)?.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>A duration as CLIXML keeps it, as text, or as the bag of its parts that JSON makes of it.</summary>
    private static TimeSpan? Duration(object? value) => value switch
    {
        null => null,
        TimeSpan duration => duration,
        PSObject bag when Value(bag, "Ticks") is { } ticks => TimeSpan.FromTicks(Convert.ToInt64(ticks, CultureInfo.InvariantCulture)),
        _ => TimeSpan.Parse(value.ToString()!, CultureInfo.InvariantCulture),
    };
}

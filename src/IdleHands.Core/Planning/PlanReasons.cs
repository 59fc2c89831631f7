using System.Globalization;

namespace IdleHands.Planning;

/// <summary>Why what runs can't be kept.</summary>
internal static class PlanReasons
{
    /// <summary>All reasons for a stop and start, the request's first; empty when what runs is what is asked for.</summary>
    public static List<string> ForRestart(PlanSelection selection, ActiveRuntime? active, string fingerprint)
    {
        PlanRequest request = selection.Request;
        var reasons = new List<string>();
        if (!string.IsNullOrEmpty(request.RestartReason))
        {
            reasons.Add(request.RestartReason);
        }

        if (request.Restart || request.Force)
        {
            reasons.Add("restart asked");
        }

        if (active is null)
        {
            reasons.Add("nothing is running");
            return reasons;
        }

        // After a stop that failed nothing certain is known: the probe of a reuse finds out, and mends a wrong guess.
        if (active.Status is not (RuntimeStatus.Ready or RuntimeStatus.Unknown))
        {
            reasons.Add($"runtime is {active.Status}, not ready");
        }

        AddChange(reasons, "model", active.Id, selection.Model.Id);
        AddChange(reasons, "host", active.HostId, selection.Host.Id);
        AddChange(reasons, "backend", active.BackendId, selection.Backend?.Id);
        if (active.Id == selection.Model.Id)
        {
            AddLaunchChange(reasons, selection, active, fingerprint);
        }

        return reasons;
    }

    private static void AddLaunchChange(List<string> reasons, PlanSelection selection, ActiveRuntime active, string fingerprint)
    {
        bool isElsewhere = active.HostId != selection.Host.Id || active.BackendId != selection.Backend?.Id;
        if (active.Fingerprint is null)
        {
            reasons.Add("start command of what runs is not known");
        }
        else if (active.Fingerprint != fingerprint && !isElsewhere)
        {
            // On another host or backend the command changes with it, which is said already.
            reasons.Add("start command changed");
        }

        // A start command need not name the port, and a state file of another tool may not either.
        if (active.Port != 0 && active.Port != selection.Model.EffectivePort)
        {
            AddChange(
                reasons,
                "port",
                active.Port.ToString(CultureInfo.InvariantCulture),
                selection.Model.EffectivePort.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void AddChange(List<string> reasons, string what, string? before, string? after)
    {
        if (before != after)
        {
            reasons.Add($"{what} {before ?? "none"} → {after ?? "none"}");
        }
    }
}

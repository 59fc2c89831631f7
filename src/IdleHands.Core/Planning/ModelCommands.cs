namespace IdleHands.Planning;

/// <summary>Commands of a model outside of a plan: to look at it, or to stop what another tool started.</summary>
internal static class ModelCommands
{
    /// <summary>The commands of a model on a host, with the backend that a select would take there; none where it would find none.</summary>
    public static PlanCommands On(RuntimeHost host, RuntimeModel model, RuntimeConfiguration configuration)
    {
        var request = new PlanRequest(model.Id) { HostId = host.Id };
        PlanSelection selection;
        try
        {
            selection = Planner.Resolve(request, configuration);
        }
        catch (PlanException)
        {
            selection = new PlanSelection { Request = request, Model = model, Host = host };
        }

        return new PlanCommands(selection, OperatingSystem.IsWindows());
    }
}

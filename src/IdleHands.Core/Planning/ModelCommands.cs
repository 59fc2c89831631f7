namespace IdleHands.Planning;

/// <summary>Commands outside of a plan: to look at a host, backend or model, or to stop what another tool started.</summary>
internal static class ModelCommands
{
    private static RuntimeModel NoModel { get; } =
        new() { Id = string.Empty, DisplayName = string.Empty, Source = string.Empty, StartCommand = string.Empty };

    /// <summary>The commands of a host, and of a backend on it, where no model is at hand.</summary>
    public static PlanCommands Without(RuntimeHost host, RuntimeBackend? backend) => new(
        new PlanSelection { Request = new PlanRequest(string.Empty), Model = NoModel, Host = host, Backend = backend },
        OperatingSystem.IsWindows());

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

using IdleHands.Planning;
using IdleHands.Templates;

namespace IdleHands.Diagnostics;

/// <summary>A host that a model can be selected on, with the backend that it would get there.</summary>
/// <param name="Selection">Model, host and backend.</param>
/// <param name="IsPreferred">True for the host that a select takes when none is asked for.</param>
internal sealed record ModelPlace(PlanSelection Selection, bool IsPreferred)
{
    /// <summary>The commands as that host's shell will read them.</summary>
    public PlanCommands Commands { get; } = new(Selection, OperatingSystem.IsWindows());

    /// <summary>The model.</summary>
    public RuntimeModel Model => Selection.Model;

    /// <summary>The host.</summary>
    public RuntimeHost Host => Selection.Host;

    /// <summary>How grave it is that the model can't run there: a select goes to the preferred host, and one that the policy names was meant; any other may simply not be for it.</summary>
    public string Severity => IsPreferred ? DiagnosticSeverity.Error
        : Model.HostPolicy.IsAny ? DiagnosticSeverity.Information
        : DiagnosticSeverity.Warning;

    /// <summary>A command as rendered; null where there is none, or it can't be.</summary>
    public static string? TryRender(Func<string?> render)
    {
        try
        {
            return render();
        }
        catch (TemplateException)
        {
            return null; // A rule of its own tells of it.
        }
    }
}

/// <summary>Where each enabled model can run.</summary>
internal sealed class ModelPlaces
{
    private readonly List<ModelPlace> _places = [];
    private readonly List<(RuntimeModel Model, PlanException Failure)> _unservable = [];

    /// <summary>Asks the planner for each enabled model.</summary>
    public ModelPlaces(RuntimeConfiguration configuration)
    {
        foreach (RuntimeModel model in configuration.Models.Where(model => model.Enabled))
        {
            try
            {
                _places.AddRange(Planner.ResolveAll(new PlanRequest(model.Id), configuration)
                    .Select((selection, index) => new ModelPlace(selection, IsPreferred: index == 0)));
            }
            catch (PlanException e)
            {
                _unservable.Add((model, e));
            }
            catch (TemplateException)
            {
                // A shell that isn't known; the configuration's own rules forbid it.
            }
        }
    }

    /// <summary>All of them, in the order of the models.</summary>
    public IReadOnlyList<ModelPlace> All => _places;

    /// <summary>Models that can be selected nowhere, and why.</summary>
    public IReadOnlyList<(RuntimeModel Model, PlanException Failure)> Unservable => _unservable;

    /// <summary>Those on one host.</summary>
    public IReadOnlyList<ModelPlace> On(RuntimeHost host) => [.. _places.Where(place => place.Host.Id == host.Id)];
}

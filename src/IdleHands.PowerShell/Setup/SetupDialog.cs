using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using IdleHands.Setup;

namespace IdleHands.PowerShell.Setup;

/// <summary>Asks through the host's own prompts which of what is proposed is wanted. Nothing is done by asking.</summary>
/// <param name="ui">The host's console.</param>
internal sealed class SetupDialog(PSHostUserInterface ui)
{
    private const int Yes = 0;

    /// <summary>The models that are wanted.</summary>
    /// <exception cref="HostException">The host can't ask.</exception>
    public IReadOnlyList<ProposedModel> ChooseModels(SetupProposal proposal)
    {
        var chosen = new List<ProposedModel>();
        foreach (ProposedModel server in proposal.NewModels.Where(model => model.Server is not null))
        {
            if (Ask(
                "Running server",
                $"{SetupSummary.Server(server.Server!)}. Keep it as model '{server.Entry.Id}'? It goes on running; Select-IHModel {server.Entry.Id} takes it over.",
                0,
                ("&Yes", "Add a model with its command."),
                ("&No", "Leave it alone.")) == Yes)
            {
                chosen.Add(server);
            }
        }

        ProposedModel[] files = [.. proposal.NewModels.Where(model => model.Server is null)];
        if (files.Length > 0)
        {
            chosen.AddRange(ChooseFiles(files));
        }

        return chosen;
    }

    /// <summary>True where all is to be written.</summary>
    /// <exception cref="HostException">The host can't ask.</exception>
    public bool Confirm(string what, string path) =>
        Ask("Write", $"Write {what} to {path}?", 0, ("&Yes", "Write the configuration."), ("&No", "Change nothing.")) == Yes;

    private IEnumerable<ProposedModel> ChooseFiles(ProposedModel[] files)
    {
        const int All = 0;
        const int None = 1;
        int answer = files.Length == 1
            ? Ask("Model", $"Add {files[0].Entry.Id} ({SetupSummary.Describe(files[0]).Trim()})?", All, ("&Yes", "Add it."), ("&No", "Leave it out."))
            : Ask("Models", $"Add the {files.Length} models?", All, ("&All", "Add all of them."), ("&None", "Add none."), ("&Choose", "Ask for each."));
        if (answer is All or None)
        {
            return answer == All ? files : [];
        }

        var chosen = new List<ProposedModel>();
        for (int index = 0; index < files.Length; index++)
        {
            switch (Ask(
                $"Model {index + 1} of {files.Length}",
                $"Add {files[index].Entry.Id} ({SetupSummary.Describe(files[index]).Trim()})?",
                0,
                ("&Yes", "Add it."),
                ("&No", "Leave it out."),
                ("Yes to &All", "Add it and all that follow."),
                ("N&one of the rest", "Leave it and all that follow out.")))
            {
                case Yes:
                    chosen.Add(files[index]);
                    break;
                case 2:
                    return [.. chosen, .. files[index..]];
                case 3:
                    return chosen;
            }
        }

        return chosen;
    }

    /// <summary>Whoever breaks off a question has given no answer: PowerShell gives a number below zero then, and stops the pipeline.</summary>
    private int Ask(string caption, string question, int standard, params (string Label, string Help)[] choices)
    {
        var descriptions = new Collection<ChoiceDescription>([.. choices.Select(choice => new ChoiceDescription(choice.Label, choice.Help))]);
        return ui.PromptForChoice(caption, question, descriptions, standard) is >= 0 and var answer ? answer : throw new PipelineStoppedException();
    }
}

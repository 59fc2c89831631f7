using System.Management.Automation;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Commands;

/// <summary>
/// What changing hosts, backends and models has in common: what comes down the pipeline is collected, and written at its
/// end under one lock, in one piece. An entry that can't be changed is an error of its own; the others are changed.
/// </summary>
public abstract class ChangeCommand<T> : ConfigurationCommand
    where T : class
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _ids = [];

    /// <summary>Emit the entries that were changed. Without it the command is silent.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected abstract EntryKind<T> Kind { get; }

    /// <summary>The ids to change, in the order they came.</summary>
    private protected IReadOnlyList<string> Ids => _ids;

    /// <summary>The values given as parameters, by the parameters' names.</summary>
    private protected IReadOnlyDictionary<string, object?> GivenValues => MyInvocation.BoundParameters!;

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (_ids.Count > 0)
        {
            Run(ApplyAsync);
        }
    }

    /// <summary>Makes the changed configuration; entries that can't be changed go to <paramref name="onFailure"/>.</summary>
    private protected abstract RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure);

    /// <summary>As <see cref="Edit"/>, with what must have been done before the configuration may be written.</summary>
    private protected virtual Task<RuntimeConfiguration> EditAsync(
        RuntimeConfiguration current, Action<string, IdleHandsException> onFailure, CancellationToken cancellationToken) =>
        Task.FromResult(Edit(current, onFailure));

    /// <summary>Collects existing entries to change. What can be refused is refused here, before PowerShell asks.</summary>
    private protected void Collect(string[] patterns, string action, Func<T, T>? change = null)
    {
        foreach (T entry in Resolve(Kind, patterns))
        {
            string id = Kind.Section.GetId(entry);
            try
            {
                change?.Invoke(entry);
            }
            catch (IdleHandsException exception)
            {
                WriteFailure(exception, id);
                continue;
            }

            if (_seen.Add(id))
            {
                Approve(id, action);
            }
        }
    }

    /// <summary>Makes a new entry and asks PowerShell whether to go on; null where it can't be made or isn't wanted.</summary>
    private protected T? BuildNew(string? id, PSObject? input, bool disabled, Func<T, T>? finish = null)
    {
        try
        {
            T entry = EntryBuilder.Build(Kind, id, input, GivenValues, finish);
            return Approve(Kind.Section.GetId(entry), "Add") ? disabled ? Kind.Enabled(entry, false) : entry : null;
        }
        catch (IdleHandsException exception)
        {
            WriteFailure(exception, id ?? (object?)input);
            return null;
        }
    }

    /// <summary>Asks PowerShell whether to go on with one entry, and takes its id if so.</summary>
    private protected bool Approve(string id, string action)
    {
        string target = $"{Kind.Word} '{id}'";
        try
        {
            if (!ShouldProcess(target, action))
            {
                return false;
            }
        }
        catch (Exception exception) when (Failures.IsUnanswered(exception))
        {
            WriteFailure(Failures.CannotAsk(action, target, exception), id);
            return false;
        }

        _ids.Add(id);
        return true;
    }

    private protected virtual async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var failed = new HashSet<string>(StringComparer.Ordinal);
        RuntimeConfiguration before = RuntimeConfiguration.Empty;
        RuntimeConfiguration after = await OpenStore().UpdateAsync(
            (current, token) => EditAsync(
                before = current,
                (id, failure) =>
                {
                    failed.Add(id);
                    WriteFailure(failure, id);
                },
                token),
            cancellationToken).ConfigureAwait(false);

        WriteVerbose($"Wrote {_ids.Count - failed.Count} of {_ids.Count} {Kind.Word}s.");
        if (PassThru)
        {
            Show(before, after, failed);
        }
    }

    /// <summary>Emits what was changed as it is now; what was removed, as it was.</summary>
    private void Show(RuntimeConfiguration before, RuntimeConfiguration after, HashSet<string> failed)
    {
        Dictionary<string, T> old = Kind.Section.Get(before).ToDictionary(Kind.Section.GetId, StringComparer.Ordinal);
        Dictionary<string, T> now = Kind.Section.Get(after).ToDictionary(Kind.Section.GetId, StringComparer.Ordinal);
        foreach (string id in _ids.Distinct(StringComparer.Ordinal))
        {
            // An id that came twice was added once, and refused once.
            if (!failed.Contains(id) || (now.ContainsKey(id) && !old.ContainsKey(id)))
            {
                WriteObject(now.GetValueOrDefault(id) ?? old[id]);
            }
        }
    }
}

using IdleHands.PowerShell.Entries;

namespace IdleHands.PowerShell.Commands;

/// <summary>What getting hosts, backends and models has in common.</summary>
public abstract class GetCommand<T> : ConfigurationCommand
    where T : class
{
    private readonly HashSet<string> _emitted = new(StringComparer.Ordinal);

    private protected abstract EntryKind<T> Kind { get; }

    /// <summary>Emits the entries that are meant, each once; all of them where none is named.</summary>
    private protected void Emit(string[]? patterns)
    {
        foreach (T entry in Resolve(Kind, patterns ?? ["*"]))
        {
            if (_emitted.Add(Kind.Section.GetId(entry)))
            {
                WriteObject(entry);
            }
        }
    }
}

namespace IdleHands.PowerShell.Commands;

/// <summary>What getting hosts, backends and models has in common.</summary>
public abstract class GetCommand<T> : EntryCommand<T>
    where T : class
{
    private readonly HashSet<string> _emitted = new(StringComparer.Ordinal);

    /// <summary>Emits the entries that are meant, each once; all of them where none is named.</summary>
    private protected void Emit(string[]? patterns)
    {
        foreach (T entry in Resolve(patterns ?? ["*"]))
        {
            if (_emitted.Add(Kind.Section.GetId(entry)))
            {
                WriteObject(entry);
            }
        }
    }
}

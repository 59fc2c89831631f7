namespace IdleHands.PowerShell.Entries;

/// <summary>The three kinds, by the word that attributes can name them with.</summary>
internal static class EntryKinds
{
    internal const string Host = "host";
    internal const string Backend = "backend";
    internal const string Model = "model";

    internal static EntryKind Of(string word) => word switch
    {
        Host => HostKind.Instance,
        Backend => BackendKind.Instance,
        Model => ModelKind.Instance,
        _ => throw new ArgumentOutOfRangeException(nameof(word), word, "Not a kind of entry."),
    };
}

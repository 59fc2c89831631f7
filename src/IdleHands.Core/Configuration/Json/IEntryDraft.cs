namespace IdleHands.Configuration.Json;

/// <summary>Collects the values of an entry while it is read, because the entry itself can't be changed.</summary>
internal interface IEntryDraft<T>
{
    /// <summary>The entry. What the file lacks although it is required is null; the rules report it.</summary>
    T ToEntry();
}

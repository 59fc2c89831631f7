using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

/// <summary>Edits of a single entry, whose failure is thrown.</summary>
internal static class OneEntry
{
    public static RuntimeConfiguration Add<T>(EntrySection<T> section, RuntimeConfiguration configuration, T entry)
        where T : class => EntryEdits.Add(section, configuration, [entry], (_, failure) => throw failure);

    public static RuntimeConfiguration Change<T>(EntrySection<T> section, RuntimeConfiguration configuration, string id, Func<T, T> change)
        where T : class => EntryEdits.Change(section, configuration, [id], change, (_, failure) => throw failure);

    public static RuntimeConfiguration Replace<T>(EntrySection<T> section, RuntimeConfiguration configuration, T entry)
        where T : class => Change(section, configuration, section.GetId(entry), _ => entry);

    public static RuntimeConfiguration Remove<T>(EntrySection<T> section, RuntimeConfiguration configuration, string id, bool removeReferences)
        where T : class => EntryEdits.Remove(section, configuration, [id], removeReferences, (_, failure) => throw failure);
}

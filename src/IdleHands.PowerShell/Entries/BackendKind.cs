using IdleHands.Configuration;

namespace IdleHands.PowerShell.Entries;

/// <summary>Backends, for the cmdlets.</summary>
internal sealed class BackendKind : EntryKind<RuntimeBackend>
{
    internal static BackendKind Instance { get; } = new();

    internal override EntrySection<RuntimeBackend> Section => EntrySection.Backends;

    internal override IReadOnlyList<EntryField<RuntimeBackend>> Fields { get; } =
    [
        EntryField.Text<RuntimeBackend>("DisplayName", (backend, text) => backend with { DisplayName = text ?? backend.Id }),
        EntryField.Flag<RuntimeBackend>("Enabled", (backend, flag) => backend with { Enabled = flag ?? true }) with { IsParameter = false },
        EntryField.Word<RuntimeBackend>("Type", BackendType.All, (backend, text) => backend with { Type = text ?? DefaultType(backend.Id) }),
        EntryField.Policy<RuntimeBackend>("HostFilter", (backend, policy) => backend with { HostFilter = policy }),
        EntryField.Text<RuntimeBackend>("ApplyCommand", (backend, text) => backend with { ApplyCommand = text }),
        EntryField.Text<RuntimeBackend>("VerifyCommand", (backend, text) => backend with { VerifyCommand = text }),
        EntryField.Text<RuntimeBackend>("RollbackCommand", (backend, text) => backend with { RollbackCommand = text }),
        EntryField.Flag<RuntimeBackend>("VerifyAlways", (backend, flag) => backend with { VerifyAlways = flag }) with { IsParameter = false },
        EntryField.Variables<RuntimeBackend>("Environment", (backend, map) => backend with { Environment = map }),
        EntryField.Names<RuntimeBackend>("Argument", (backend, names) => backend with { Argument = names }),
    ];

    internal override RuntimeBackend Blank(string id) => new() { Id = id, DisplayName = id, Type = DefaultType(id) };

    internal override RuntimeBackend Renamed(RuntimeBackend entry, string id) =>
        entry with { Id = id, DisplayName = entry.DisplayName == entry.Id ? id : entry.DisplayName };

    internal override RuntimeBackend Enabled(RuntimeBackend entry, bool enabled) => entry with { Enabled = enabled };

    internal override string? Missing(RuntimeBackend entry) => null;

    /// <summary>Most backends are called what they are.</summary>
    private static string DefaultType(string id) => BackendType.All.Contains(id) ? id : "custom";
}

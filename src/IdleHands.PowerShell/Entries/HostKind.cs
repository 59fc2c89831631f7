using IdleHands.Configuration;

namespace IdleHands.PowerShell.Entries;

/// <summary>Hosts, for the cmdlets.</summary>
internal sealed class HostKind : EntryKind<RuntimeHost>
{
    internal static HostKind Instance { get; } = new();

    internal override EntrySection<RuntimeHost> Section => EntrySection.Hosts;

    internal override IReadOnlyList<EntryField<RuntimeHost>> Fields { get; } =
    [
        EntryField.Text<RuntimeHost>("DisplayName", (host, text) => host with { DisplayName = text ?? host.Id }),
        EntryField.Flag<RuntimeHost>("Enabled", (host, flag) => host with { Enabled = flag ?? true }) with { IsParameter = false },
        EntryField.Word<RuntimeHost>("Transport", HostTransport.All, (host, text) => host with { Transport = text ?? HostTransport.Local }),
        EntryField.Text<RuntimeHost>("HostName", (host, text) => host with { HostName = text }),
        EntryField.Whole<RuntimeHost>("Port", (host, number) => host with { Port = number }),
        EntryField.Text<RuntimeHost>("UserName", (host, text) => host with { UserName = text }),
        EntryField.Text<RuntimeHost>("KeyPath", (host, text) => host with { KeyPath = text }),
        EntryField.Secret<RuntimeHost>("Password", host => $"idlehands-host-{host.Id}-password", (host, secret) => host with { Password = secret }),
        EntryField.Names<RuntimeHost>("SshOption", (host, names) => host with { SshOption = names }),
        EntryField.Names<RuntimeHost>("ExecPrefix", (host, names) => host with { ExecPrefix = names }),
        EntryField.Word<RuntimeHost>("Shell", HostShell.All, (host, text) => host with { Shell = text }),
        EntryField.Names<RuntimeHost>("Gpu", (host, names) => host with { Gpu = names }),
        EntryField.Real<RuntimeHost>("VramGB", (host, number) => host with { VramGB = number }),
        EntryField.Names<RuntimeHost>("Backend", (host, names) => host with { Backend = names }),
        EntryField.Text<RuntimeHost>("CheckCommand", (host, text) => host with { CheckCommand = text }),
        EntryField.Whole<RuntimeHost>("CheckTimeoutSec", (host, number) => host with { CheckTimeoutSec = number }),
        EntryField.Text<RuntimeHost>("StopCommand", (host, text) => host with { StopCommand = text }),
        EntryField.Text<RuntimeHost>("CleanupCommand", (host, text) => host with { CleanupCommand = text }),
        EntryField.Whole<RuntimeHost>("DrainSec", (host, number) => host with { DrainSec = number }),
        EntryField.Whole<RuntimeHost>("StopGraceSec", (host, number) => host with { StopGraceSec = number }),
    ];

    internal override RuntimeHost Blank(string id) => new() { Id = id, DisplayName = id };

    internal override RuntimeHost Renamed(RuntimeHost entry, string id) =>
        entry with { Id = id, DisplayName = entry.DisplayName == entry.Id ? id : entry.DisplayName };

    internal override RuntimeHost Enabled(RuntimeHost entry, bool enabled) => entry with { Enabled = enabled };

    internal override string? Missing(RuntimeHost entry) => null;
}

using IdleHands.Configuration;

namespace IdleHands.PowerShell.Entries;

/// <summary>Models, for the cmdlets.</summary>
internal sealed class ModelKind : EntryKind<RuntimeModel>
{
    internal static ModelKind Instance { get; } = new();

    internal override EntrySection<RuntimeModel> Section => EntrySection.Models;

    internal override IReadOnlyList<EntryField<RuntimeModel>> Fields { get; } =
    [
        EntryField.Text<RuntimeModel>("DisplayName", (model, text) => model with { DisplayName = text ?? model.Id }),
        EntryField.Flag<RuntimeModel>("Enabled", (model, flag) => model with { Enabled = flag ?? true }) with { IsParameter = false },
        EntryField.Text<RuntimeModel>("Source", (model, text) => model with { Source = text ?? string.Empty }),
        EntryField.Policy<RuntimeModel>("HostPolicy", (model, policy) => model with { HostPolicy = policy }),
        EntryField.Policy<RuntimeModel>("BackendPolicy", (model, policy) => model with { BackendPolicy = policy }),
        EntryField.Text<RuntimeModel>("StartCommand", (model, text) => model with { StartCommand = text ?? string.Empty }),
        EntryField.Text<RuntimeModel>("ProbeCommand", (model, text) => model with { ProbeCommand = text }),
        EntryField.Whole<RuntimeModel>("ProbeTimeoutSec", (model, number) => model with { ProbeTimeoutSec = number }),
        EntryField.Whole<RuntimeModel>("ProbeIntervalMs", (model, number) => model with { ProbeIntervalMs = number }),
        EntryField.Text<RuntimeModel>("StatusCommand", (model, text) => model with { StatusCommand = text }),
        EntryField.Whole<RuntimeModel>("Port", (model, number) => model with { Port = number }),
        EntryField.Whole<RuntimeModel>("ContextWindow", (model, number) => model with { ContextWindow = number }),
        EntryField.Whole<RuntimeModel>("MaxTokens", (model, number) => model with { MaxTokens = number }),
        EntryField.Text<RuntimeModel>("ServedName", (model, text) => model with { ServedName = text }),
        EntryField.Text<RuntimeModel>("ChatTemplate", (model, text) => model with { ChatTemplate = text }),
        EntryField.Word<RuntimeModel>("ThinkingMode", ThinkingMode.All, (model, text) => model with { ThinkingMode = text }),
        EntryField.Id<RuntimeModel>("Fallback", (model, text) => model with { Fallback = text }),
        EntryField.Split<RuntimeModel>("SplitPolicy", (model, split) => model with { SplitPolicy = split }) with { IsParameter = false },
    ];

    internal override RuntimeModel Blank(string id) =>
        new() { Id = id, DisplayName = id, Source = string.Empty, StartCommand = string.Empty };

    internal override RuntimeModel Renamed(RuntimeModel entry, string id) =>
        entry with { Id = id, DisplayName = entry.DisplayName == entry.Id ? id : entry.DisplayName };

    internal override RuntimeModel Enabled(RuntimeModel entry, bool enabled) => entry with { Enabled = enabled };

    internal override string? Missing(RuntimeModel entry) =>
        entry.Source.Length == 0 ? "Source" : entry.StartCommand.Length == 0 ? "StartCommand" : null;
}

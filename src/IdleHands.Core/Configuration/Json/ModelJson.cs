using static IdleHands.Configuration.Json.JsonKind;

namespace IdleHands.Configuration.Json;

/// <summary>The keys of a model.</summary>
internal static class ModelJson
{
    /// <summary>All of them.</summary>
    public static EntryFields<RuntimeModel, Draft> Fields { get; } = new(
        new ValueField<RuntimeModel, Draft, string>("id", Text, model => model.Id, (ref Draft draft, string? value) => draft.Id = value, FieldRules.Id),
        new ValueField<RuntimeModel, Draft, string>("display_name", Text, model => model.DisplayName, (ref Draft draft, string? value) => draft.DisplayName = value, FieldRules.Name),
        new ValueField<RuntimeModel, Draft, bool?>("enabled", Flag, model => model.Enabled, (ref Draft draft, bool? value) => draft.Enabled = value) { IsRequired = true },
        new ValueField<RuntimeModel, Draft, string>("source", Text, model => model.Source, (ref Draft draft, string? value) => draft.Source = value, FieldRules.Filled),
        new ValueField<RuntimeModel, Draft, IdPolicy>("host_policy", Policy, model => model.HostPolicy, (ref Draft draft, IdPolicy? value) => draft.HostPolicy = value, FieldRules.Hosts),
        new ValueField<RuntimeModel, Draft, IdPolicy>("backend_policy", Policy, model => model.BackendPolicy, (ref Draft draft, IdPolicy? value) => draft.BackendPolicy = value, FieldRules.Backends),
        new GroupField<RuntimeModel, Draft>("launch", Launch()),
        new GroupField<RuntimeModel, Draft>("runtime_defaults", new(
            new ValueField<RuntimeModel, Draft, int?>("port", Whole, model => model.Port, (ref Draft draft, int? value) => draft.Port = value, FieldRules.Port),
            new ValueField<RuntimeModel, Draft, int?>("context_window", Whole, model => model.ContextWindow, (ref Draft draft, int? value) => draft.ContextWindow = value, FieldRules.Positive),
            new ValueField<RuntimeModel, Draft, int?>("max_tokens", Whole, model => model.MaxTokens, (ref Draft draft, int? value) => draft.MaxTokens = value, FieldRules.Positive))),
        new ValueField<RuntimeModel, Draft, string>("served_name", Text, model => model.ServedName, (ref Draft draft, string? value) => draft.ServedName = value, FieldRules.NoNul),
        new ValueField<RuntimeModel, Draft, string>("chat_template", Text, model => model.ChatTemplate, (ref Draft draft, string? value) => draft.ChatTemplate = value, FieldRules.NoNul),
        new ValueField<RuntimeModel, Draft, string>("fallback", Text, model => model.Fallback, (ref Draft draft, string? value) => draft.Fallback = value, FieldRules.Model),
        new ValueField<RuntimeModel, Draft, string>("thinking_mode", Text, model => model.ThinkingMode, (ref Draft draft, string? value) => draft.ThinkingMode = value, FieldRules.Words(ThinkingMode.All)),
        new ValueField<RuntimeModel, Draft, SplitPolicy>("split_policy", Split, model => model.SplitPolicy, (ref Draft draft, SplitPolicy? value) => draft.SplitPolicy = value, FieldRules.Split));

    private static EntryFields<RuntimeModel, Draft> Launch() => new(
        new ValueField<RuntimeModel, Draft, string>("start_cmd", Text, model => model.StartCommand, (ref Draft draft, string? value) => draft.StartCommand = value, FieldRules.StartCommand),
        new ValueField<RuntimeModel, Draft, string>("probe_cmd", Text, model => model.ProbeCommand, (ref Draft draft, string? value) => draft.ProbeCommand = value, FieldRules.Command),
        new ValueField<RuntimeModel, Draft, int?>("probe_timeout_sec", Whole, model => model.ProbeTimeoutSec, (ref Draft draft, int? value) => draft.ProbeTimeoutSec = value, FieldRules.Seconds),
        new ValueField<RuntimeModel, Draft, int?>("probe_interval_ms", Whole, model => model.ProbeIntervalMs, (ref Draft draft, int? value) => draft.ProbeIntervalMs = value, FieldRules.Positive),
        new ValueField<RuntimeModel, Draft, string>("status_cmd", Text, model => model.StatusCommand, (ref Draft draft, string? value) => draft.StatusCommand = value, FieldRules.Command));

    /// <summary>The values of a model while it is read.</summary>
    public struct Draft : IEntryDraft<RuntimeModel>
    {
        public string? Id;
        public string? DisplayName;
        public bool? Enabled;
        public string? Source;
        public IdPolicy? HostPolicy;
        public IdPolicy? BackendPolicy;
        public string? StartCommand;
        public string? ProbeCommand;
        public int? ProbeTimeoutSec;
        public int? ProbeIntervalMs;
        public string? StatusCommand;
        public int? Port;
        public int? ContextWindow;
        public int? MaxTokens;
        public string? ServedName;
        public string? ChatTemplate;
        public string? Fallback;
        public string? ThinkingMode;
        public SplitPolicy? SplitPolicy;

        /// <inheritdoc />
        public readonly RuntimeModel ToEntry() => new()
        {
            Id = Id!,
            DisplayName = DisplayName!,
            Enabled = Enabled ?? false,
            Source = Source!,
            HostPolicy = HostPolicy ?? IdPolicy.Any,
            BackendPolicy = BackendPolicy ?? IdPolicy.Any,
            StartCommand = StartCommand!,
            ProbeCommand = ProbeCommand,
            ProbeTimeoutSec = ProbeTimeoutSec,
            ProbeIntervalMs = ProbeIntervalMs,
            StatusCommand = StatusCommand,
            Port = Port,
            ContextWindow = ContextWindow,
            MaxTokens = MaxTokens,
            ServedName = ServedName,
            ChatTemplate = ChatTemplate,
            Fallback = Fallback,
            ThinkingMode = ThinkingMode,
            SplitPolicy = SplitPolicy,
        };
    }
}

using static IdleHands.Configuration.Json.JsonKind;

namespace IdleHands.Configuration.Json;

/// <summary>The keys of a backend.</summary>
internal static class BackendJson
{
    /// <summary>All of them.</summary>
    public static EntryFields<RuntimeBackend, Draft> Fields { get; } = new(
        new ValueField<RuntimeBackend, Draft, string>("id", Text, backend => backend.Id, (ref Draft draft, string? value) => draft.Id = value, FieldRules.PolicyId),
        new ValueField<RuntimeBackend, Draft, string>("display_name", Text, backend => backend.DisplayName, (ref Draft draft, string? value) => draft.DisplayName = value, FieldRules.Name),
        new ValueField<RuntimeBackend, Draft, bool?>("enabled", Flag, backend => backend.Enabled, (ref Draft draft, bool? value) => draft.Enabled = value) { IsRequired = true },
        new ValueField<RuntimeBackend, Draft, string>("type", Text, backend => backend.Type, (ref Draft draft, string? value) => draft.Type = value, FieldRules.Type),
        new ValueField<RuntimeBackend, Draft, IdPolicy>("host_filters", Policy, backend => backend.HostFilter, (ref Draft draft, IdPolicy? value) => draft.HostFilter = value, FieldRules.Hosts),
        new ValueField<RuntimeBackend, Draft, string>("apply_cmd", Text, backend => backend.ApplyCommand, (ref Draft draft, string? value) => draft.ApplyCommand = value, FieldRules.Command),
        new ValueField<RuntimeBackend, Draft, string>("verify_cmd", Text, backend => backend.VerifyCommand, (ref Draft draft, string? value) => draft.VerifyCommand = value, FieldRules.Command),
        new ValueField<RuntimeBackend, Draft, bool?>("verify_always", Flag, backend => backend.VerifyAlways, (ref Draft draft, bool? value) => draft.VerifyAlways = value),
        new ValueField<RuntimeBackend, Draft, string>("rollback_cmd", Text, backend => backend.RollbackCommand, (ref Draft draft, string? value) => draft.RollbackCommand = value, FieldRules.Command),
        new ValueField<RuntimeBackend, Draft, EnvironmentMap>("env", Map, backend => backend.Environment, (ref Draft draft, EnvironmentMap? value) => draft.Environment = value, FieldRules.Variables) { Combine = (older, newer) => older.With(newer) },
        new ValueField<RuntimeBackend, Draft, NameList>("args", Names, backend => backend.Argument, (ref Draft draft, NameList? value) => draft.Argument = value, FieldRules.Texts));

    /// <summary>The values of a backend while it is read.</summary>
    public struct Draft : IEntryDraft<RuntimeBackend>
    {
        public string? Id;
        public string? DisplayName;
        public bool? Enabled;
        public string? Type;
        public IdPolicy? HostFilter;
        public string? ApplyCommand;
        public string? VerifyCommand;
        public bool? VerifyAlways;
        public string? RollbackCommand;
        public EnvironmentMap? Environment;
        public NameList? Argument;

        /// <inheritdoc />
        public readonly RuntimeBackend ToEntry() => new()
        {
            Id = Id!,
            DisplayName = DisplayName!,
            Enabled = Enabled ?? false,
            Type = Type!,
            HostFilter = HostFilter ?? IdPolicy.Any,
            ApplyCommand = ApplyCommand,
            VerifyCommand = VerifyCommand,
            VerifyAlways = VerifyAlways,
            RollbackCommand = RollbackCommand,
            Environment = Environment,
            Argument = Argument,
        };
    }
}

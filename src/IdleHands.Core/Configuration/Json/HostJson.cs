using static IdleHands.Configuration.Json.JsonKind;

namespace IdleHands.Configuration.Json;

/// <summary>The keys of a host.</summary>
internal static class HostJson
{
    /// <summary>All of them.</summary>
    public static EntryFields<RuntimeHost, Draft> Fields { get; } = new(
        new ValueField<RuntimeHost, Draft, string>("id", Text, host => host.Id, (ref Draft draft, string? value) => draft.Id = value),
        new ValueField<RuntimeHost, Draft, string>("display_name", Text, host => host.DisplayName, (ref Draft draft, string? value) => draft.DisplayName = value),
        new ValueField<RuntimeHost, Draft, bool?>("enabled", Flag, host => host.Enabled, (ref Draft draft, bool? value) => draft.Enabled = value) { IsRequired = true },
        new ValueField<RuntimeHost, Draft, string>("transport", Text, host => host.Transport, (ref Draft draft, string? value) => draft.Transport = value),
        new ValueField<RuntimeHost, Draft, string>("shell", Text, host => host.Shell, (ref Draft draft, string? value) => draft.Shell = value),
        new GroupField<RuntimeHost, Draft>("connection", Connection()),
        new GroupField<RuntimeHost, Draft>("capabilities", Capabilities()),
        new GroupField<RuntimeHost, Draft>("health", new(
            new ValueField<RuntimeHost, Draft, string>("check_cmd", Text, host => host.CheckCommand, (ref Draft draft, string? value) => draft.CheckCommand = value),
            new ValueField<RuntimeHost, Draft, int?>("timeout_sec", Whole, host => host.CheckTimeoutSec, (ref Draft draft, int? value) => draft.CheckTimeoutSec = value))),
        new GroupField<RuntimeHost, Draft>("model_control", new(
            new ValueField<RuntimeHost, Draft, string>("stop_cmd", Text, host => host.StopCommand, (ref Draft draft, string? value) => draft.StopCommand = value),
            new ValueField<RuntimeHost, Draft, string>("cleanup_cmd", Text, host => host.CleanupCommand, (ref Draft draft, string? value) => draft.CleanupCommand = value),
            new ValueField<RuntimeHost, Draft, int?>("drain_sec", Whole, host => host.DrainSec, (ref Draft draft, int? value) => draft.DrainSec = value),
            new ValueField<RuntimeHost, Draft, int?>("stop_grace_sec", Whole, host => host.StopGraceSec, (ref Draft draft, int? value) => draft.StopGraceSec = value))));

    private static EntryFields<RuntimeHost, Draft> Connection() => new(
        new ValueField<RuntimeHost, Draft, string>("host", Text, host => host.HostName, (ref Draft draft, string? value) => draft.HostName = value),
        new ValueField<RuntimeHost, Draft, int?>("port", Whole, host => host.Port, (ref Draft draft, int? value) => draft.Port = value),
        new ValueField<RuntimeHost, Draft, string>("user", Text, host => host.UserName, (ref Draft draft, string? value) => draft.UserName = value),
        new ValueField<RuntimeHost, Draft, string>("key_path", Text, host => host.KeyPath, (ref Draft draft, string? value) => draft.KeyPath = value),
        new ValueField<RuntimeHost, Draft, Secret>("password", JsonKind.Secret, host => host.Password, (ref Draft draft, Secret? value) => draft.Password = value),
        new ValueField<RuntimeHost, Draft, NameList>("options", Names, host => host.SshOption, (ref Draft draft, NameList? value) => draft.SshOption = value),
        new ValueField<RuntimeHost, Draft, NameList>("exec", Names, host => host.ExecPrefix, (ref Draft draft, NameList? value) => draft.ExecPrefix = value))
    {
        ReadOther = ReadReference,
        GetOther = host => host.ConnectionReferences,
    };

    private static EntryFields<RuntimeHost, Draft> Capabilities() => new(
        new ValueField<RuntimeHost, Draft, NameList>("gpu", Names, host => host.Gpu, (ref Draft draft, NameList? value) => draft.Gpu = value),
        new ValueField<RuntimeHost, Draft, double?>("vram_gb", Number, host => host.VramGB, (ref Draft draft, double? value) => draft.VramGB = value),
        new ValueField<RuntimeHost, Draft, NameList>("backends", Names, host => host.Backend, (ref Draft draft, NameList? value) => draft.Backend = value));

    private static bool ReadReference(ref JsonCursor cursor, ref Draft draft, string key)
    {
        if (!key.EndsWith("_ref", StringComparison.Ordinal))
        {
            return false;
        }

        draft.References ??= new Dictionary<string, string>(StringComparer.Ordinal);
        bool isNew = !draft.References.ContainsKey(key);
        if (!isNew)
        {
            cursor.ReportDuplicate(key);
        }

        if (cursor.ReadText(key) is { } value)
        {
            draft.References[key] = value;
        }

        return true;
    }

    /// <summary>The values of a host while it is read.</summary>
    public struct Draft : IEntryDraft<RuntimeHost>
    {
        public string? Id;
        public string? DisplayName;
        public bool? Enabled;
        public string? Transport;
        public string? Shell;
        public string? HostName;
        public int? Port;
        public string? UserName;
        public string? KeyPath;
        public Secret? Password;
        public NameList? SshOption;
        public NameList? ExecPrefix;
        public Dictionary<string, string>? References;
        public NameList? Gpu;
        public double? VramGB;
        public NameList? Backend;
        public string? CheckCommand;
        public int? CheckTimeoutSec;
        public string? StopCommand;
        public string? CleanupCommand;
        public int? DrainSec;
        public int? StopGraceSec;

        /// <inheritdoc />
        public readonly RuntimeHost ToEntry() => new()
        {
            Id = Id!,
            DisplayName = DisplayName!,
            Enabled = Enabled ?? false,
            Transport = Transport ?? HostTransport.Local,
            Shell = Shell,
            HostName = HostName,
            Port = Port,
            UserName = UserName,
            KeyPath = KeyPath,
            Password = Password,
            SshOption = SshOption,
            ExecPrefix = ExecPrefix,
            ConnectionReferences = References is null ? null : new EnvironmentMap(References),
            Gpu = Gpu,
            VramGB = VramGB,
            Backend = Backend,
            CheckCommand = CheckCommand,
            CheckTimeoutSec = CheckTimeoutSec,
            StopCommand = StopCommand,
            CleanupCommand = CleanupCommand,
            DrainSec = DrainSec,
            StopGraceSec = StopGraceSec,
        };
    }
}

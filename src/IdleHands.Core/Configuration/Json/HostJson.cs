using static IdleHands.Configuration.Json.JsonKind;

namespace IdleHands.Configuration.Json;

/// <summary>The keys of a host.</summary>
internal static class HostJson
{
    private const string ReferenceSuffix = "_ref";

    /// <summary>What a transport can't do without.</summary>
    public static IReadOnlyList<TransportNeed> TransportNeeds { get; } =
    [
        new(HostTransport.Ssh, "connection", "host", host => host.HostName, "it is missing; transport 'ssh' needs the name or address to connect to."),
        new(HostTransport.Exec, "connection", "exec", host => host.ExecPrefix is { Count: > 0 } words ? words[0] : null, "it is missing; transport 'exec' needs the command that commands are handed to."),
    ];

    /// <summary>All of them.</summary>
    public static EntryFields<RuntimeHost, Draft> Fields { get; } = new(
        new ValueField<RuntimeHost, Draft, string>("id", Text, host => host.Id, (ref Draft draft, string? value) => draft.Id = value, FieldRules.PolicyId),
        new ValueField<RuntimeHost, Draft, string>("display_name", Text, host => host.DisplayName, (ref Draft draft, string? value) => draft.DisplayName = value, FieldRules.Name),
        new ValueField<RuntimeHost, Draft, bool?>("enabled", Flag, host => host.Enabled, (ref Draft draft, bool? value) => draft.Enabled = value) { IsRequired = true },
        new ValueField<RuntimeHost, Draft, string>("transport", Text, host => host.Transport, (ref Draft draft, string? value) => draft.Transport = value, FieldRules.Words(HostTransport.All)),
        new ValueField<RuntimeHost, Draft, string>("shell", Text, host => host.Shell, (ref Draft draft, string? value) => draft.Shell = value, FieldRules.Words(HostShell.All)),
        new GroupField<RuntimeHost, Draft>("connection", Connection()),
        new GroupField<RuntimeHost, Draft>("capabilities", Capabilities()),
        new GroupField<RuntimeHost, Draft>("health", new(
            new ValueField<RuntimeHost, Draft, string>("check_cmd", Text, host => host.CheckCommand, (ref Draft draft, string? value) => draft.CheckCommand = value, FieldRules.HostCommand),
            new ValueField<RuntimeHost, Draft, int?>("timeout_sec", Whole, host => host.CheckTimeoutSec, (ref Draft draft, int? value) => draft.CheckTimeoutSec = value, FieldRules.Seconds))),
        new GroupField<RuntimeHost, Draft>("model_control", new(
            new ValueField<RuntimeHost, Draft, string>("stop_cmd", Text, host => host.StopCommand, (ref Draft draft, string? value) => draft.StopCommand = value, FieldRules.Command),
            new ValueField<RuntimeHost, Draft, string>("cleanup_cmd", Text, host => host.CleanupCommand, (ref Draft draft, string? value) => draft.CleanupCommand = value, FieldRules.Command),
            new ValueField<RuntimeHost, Draft, int?>("drain_sec", Whole, host => host.DrainSec, (ref Draft draft, int? value) => draft.DrainSec = value, FieldRules.SecondsOrNone),
            new ValueField<RuntimeHost, Draft, int?>("stop_grace_sec", Whole, host => host.StopGraceSec, (ref Draft draft, int? value) => draft.StopGraceSec = value, FieldRules.Seconds))));

    private static EntryFields<RuntimeHost, Draft> Connection() => new(
        new ValueField<RuntimeHost, Draft, string>("host", Text, host => host.HostName, (ref Draft draft, string? value) => draft.HostName = value, FieldRules.Address),
        new ValueField<RuntimeHost, Draft, int?>("port", Whole, host => host.Port, (ref Draft draft, int? value) => draft.Port = value, FieldRules.Port),
        new ValueField<RuntimeHost, Draft, string>("user", Text, host => host.UserName, (ref Draft draft, string? value) => draft.UserName = value, FieldRules.Address),
        new ValueField<RuntimeHost, Draft, string>("key_path", Text, host => host.KeyPath, (ref Draft draft, string? value) => draft.KeyPath = value, FieldRules.Reference),
        new ValueField<RuntimeHost, Draft, Secret>("password", JsonKind.Secret, host => host.Password, (ref Draft draft, Secret? value) => draft.Password = value, FieldRules.Password),
        new ValueField<RuntimeHost, Draft, NameList>("options", Names, host => host.SshOption, (ref Draft draft, NameList? value) => draft.SshOption = value, FieldRules.Texts),
        new ValueField<RuntimeHost, Draft, NameList>("exec", Names, host => host.ExecPrefix, (ref Draft draft, NameList? value) => draft.ExecPrefix = value, FieldRules.Texts))
    {
        ReadOther = ReadReference,
        GetOther = host => host.ConnectionReferences,
        SetOther = (ref Draft draft, Dictionary<string, string>? values) => draft.References = values,
        OtherKeySuffix = ReferenceSuffix,
    };

    private static EntryFields<RuntimeHost, Draft> Capabilities() => new(
        new ValueField<RuntimeHost, Draft, NameList>("gpu", Names, host => host.Gpu, (ref Draft draft, NameList? value) => draft.Gpu = value, FieldRules.Texts),
        new ValueField<RuntimeHost, Draft, double?>("vram_gb", Number, host => host.VramGB, (ref Draft draft, double? value) => draft.VramGB = value, FieldRules.Memory),
        new ValueField<RuntimeHost, Draft, NameList>("backends", Names, host => host.Backend, (ref Draft draft, NameList? value) => draft.Backend = value, FieldRules.Texts));

    private static bool ReadReference(ref JsonCursor cursor, ref Draft draft, string key)
    {
        if (!key.EndsWith(ReferenceSuffix, StringComparison.Ordinal))
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

/// <summary>A value that hosts of one transport must have.</summary>
/// <param name="Transport">The transport.</param>
/// <param name="Group">The key of the object that holds the value.</param>
/// <param name="Key">The key of the value, or of the list whose first element it is.</param>
/// <param name="Get">The value.</param>
/// <param name="Message">What is said where it is missing.</param>
internal sealed record TransportNeed(string Transport, string Group, string Key, Func<RuntimeHost, string?> Get, string Message);

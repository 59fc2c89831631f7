using CsCheck;

namespace IdleHands.Core.Tests.Configuration;

/// <summary>Random valid configurations, whose texts hold what is hard to write.</summary>
internal static class RandomConfiguration
{
    private static readonly Gen<string> _text = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 1, 12],
        Gen.OneOf("with space", "it's", "\"q\"", "a\\b", "line\nbreak", "ünï", "😀", "<&>+", "\u0001", "{port}", "${x}", "{{.N}}"));

    private static readonly Gen<string?> _maybeText = Gen.OneOf(Gen.Const((string?)null), _text.Select(text => (string?)text));

    private static readonly Gen<int?> _maybeNumber = Gen.OneOf(Gen.Const((int?)null), Gen.Int[1, 65535].Select(number => (int?)number));

    private static readonly Gen<NameList?> _maybeNames = Gen.OneOf(Gen.Const((NameList?)null), _text.Array[0, 3].Select(names => (NameList?)NameList.From(names)));

    /// <summary>Valid configurations.</summary>
    public static Gen<RuntimeConfiguration> Any { get; } =
        from hosts in Gen.Select(Gen.Bool, _text, _maybeText, _maybeNumber, _maybeNames, Gen.Double[0, 200]).Array[0, 4]
        from backends in Gen.Select(Gen.Bool, _text, _maybeText, _maybeNames, Gen.Dictionary(Gen.OneOf("A", "B_1", "_c"), _text)[0, 3], Gen.Int[0, 9]).Array[0, 4]
        from models in Gen.Select(Gen.Bool, _text, _maybeText, _maybeNumber, _maybeNumber, Gen.Int[0, 99]).Array[0, 8]
        select new RuntimeConfiguration
        {
            Hosts = [.. hosts.Select((host, index) => NewHost(index, host))],
            Backends = [.. backends.Select((backend, index) => NewBackend(index, backend, hosts.Length))],
            Models = [.. models.Select((model, index) => NewModel(index, model, hosts.Length, backends.Length))],
        };

    private static RuntimeHost NewHost(int index, (bool Flag, string Text, string? Maybe, int? Number, NameList? Names, double Fraction) seed) => new()
    {
        Id = $"h-{index}",
        DisplayName = seed.Text,
        Enabled = seed.Flag,
        Transport = seed.Flag ? "ssh" : "local",
        Shell = seed.Maybe is null ? null : "bash",
        HostName = seed.Flag ? "h.example" : null,
        Port = seed.Number,
        Password = seed.Maybe is null ? null : new Secret(seed.Maybe),
        SshOption = seed.Names,
        ConnectionReferences = seed.Number > 30000 ? new EnvironmentMap([new("a_ref", seed.Text)]) : null,
        VramGB = seed.Number > 20000 ? seed.Fraction : null,
        CheckCommand = seed.Maybe?.Replace("{port}", "{host}", StringComparison.Ordinal),
        CheckTimeoutSec = seed.Number,
        CleanupCommand = seed.Flag ? seed.Text : null,
        DrainSec = seed.Flag ? seed.Number : 0,
        StopGraceSec = seed.Number,
    };

    private static RuntimeBackend NewBackend(int index, (bool Flag, string Text, string? Maybe, NameList? Names, Dictionary<string, string> Map, int Number) seed, int hosts) => new()
    {
        Id = $"b-{index}",
        DisplayName = seed.Text,
        Enabled = seed.Flag,
        Type = BackendType.All[seed.Number % BackendType.All.Count],
        HostFilter = hosts > 0 && seed.Flag ? IdPolicy.Of([$"h-{seed.Number % hosts}"]) : IdPolicy.Any,
        VerifyAlways = seed.Number > 5 ? seed.Flag : null,
        ApplyCommand = seed.Maybe,
        Argument = seed.Names,
        Environment = seed.Number > 3 ? new EnvironmentMap(seed.Map) : null,
    };

    private static RuntimeModel NewModel(int index, (bool Flag, string Text, string? Maybe, int? Number, int? Other, int Pick) seed, int hosts, int backends) => new()
    {
        Id = $"m-{index}",
        DisplayName = seed.Text,
        Enabled = seed.Flag,
        Source = "x" + seed.Text,
        HostPolicy = hosts > 1 && seed.Flag ? IdPolicy.Of([$"h-{seed.Pick % hosts}", "h-0"]) : IdPolicy.Any,
        BackendPolicy = backends > 0 && !seed.Flag ? IdPolicy.Of([$"b-{seed.Pick % backends}"]) : IdPolicy.Any,
        StartCommand = "x " + seed.Text,
        ProbeCommand = seed.Maybe,
        ProbeTimeoutSec = seed.Number,
        Port = seed.Other,
        MaxTokens = seed.Number,
        ServedName = seed.Maybe,
        Fallback = index > 0 && seed.Flag ? $"m-{seed.Pick % index}" : null,
        ThinkingMode = seed.Pick > 50 ? "think" : null,
        SplitPolicy = seed.Pick > 80 ? new SplitPolicy("{\"hosts\": [], \"n\": [1, {\"x\": null}]}", NameList.Empty) : null,
    };
}

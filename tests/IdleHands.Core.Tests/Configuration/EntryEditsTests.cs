using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

public sealed class EntryEditsTests
{
    private static readonly RuntimeConfiguration _lab = new()
    {
        Hosts =
        [
            new RuntimeHost { Id = "h1", DisplayName = "H1" },
            new RuntimeHost { Id = "h2", DisplayName = "H2" },
            new RuntimeHost { Id = "h3", DisplayName = "H3" },
        ],
        Backends =
        [
            new RuntimeBackend { Id = "b1", DisplayName = "B1", Type = "cpu", HostFilter = IdPolicy.Of(["h1", "h2"]) },
            new RuntimeBackend { Id = "b2", DisplayName = "B2", Type = "cuda" },
        ],
        Models =
        [
            ConfigurationFolder.NewModel("m1") with { HostPolicy = IdPolicy.Of(["h2", "h1"]), BackendPolicy = IdPolicy.Of(["b1"]), Fallback = "m2" },
            ConfigurationFolder.NewModel("m2") with { Fallback = "m3", SplitPolicy = new SplitPolicy("{ \"x\": 1, \"hosts\": [\"h1\", \"h2\"] }", new NameList("h1", "h2")) },
            ConfigurationFolder.NewModel("m3"),
        ],
    };

    [Fact]
    public void Adds_at_the_end()
    {
        RuntimeConfiguration changed = OneEntry.Add(EntrySection.Models, _lab, ConfigurationFolder.NewModel("a"));
        changed = OneEntry.Add(EntrySection.Hosts, changed, new RuntimeHost { Id = "h0", DisplayName = "H0" });
        changed = OneEntry.Add(EntrySection.Backends, changed, new RuntimeBackend { Id = "b0", DisplayName = "B0", Type = "cpu" });

        Assert.Equal(["m1", "m2", "m3", "a"], changed.Models.Select(model => model.Id));
        Assert.Equal("h0", changed.Hosts[^1].Id);
        Assert.Equal("b0", changed.Backends[^1].Id);
        Assert.Equal(3, _lab.Models.Count);
    }

    [Fact]
    public void Refuses_an_id_that_is_there()
    {
        AssertFails(
            () => OneEntry.Add(EntrySection.Hosts, _lab, _lab.Hosts[0]), "HostExists", FailureKind.AlreadyExists, "a host 'h1' already", "Set-IHHost");
        AssertFails(
            () => OneEntry.Add(EntrySection.Backends, _lab, _lab.Backends[0]), "BackendExists", FailureKind.AlreadyExists, "a backend 'b1' already", "Set-IHBackend");
        AssertFails(
            () => OneEntry.Add(EntrySection.Models, _lab, _lab.Models[0]), "ModelExists", FailureKind.AlreadyExists, "a model 'm1' already", "Set-IHModel");
    }

    [Fact]
    public void Refuses_an_id_that_is_not_there()
    {
        AssertFails(() => OneEntry.Remove(EntrySection.Hosts, _lab, "x", false), "HostNotFound", FailureKind.NotFound, "no host 'x'", "Get-IHHost");
        AssertFails(() => OneEntry.Remove(EntrySection.Backends, _lab, "x", true), "BackendNotFound", FailureKind.NotFound, "no backend 'x'", "Get-IHBackend");
        AssertFails(
            () => OneEntry.Replace(EntrySection.Models, _lab, ConfigurationFolder.NewModel("x")), "ModelNotFound", FailureKind.NotFound, "no model 'x'", "Get-IHModel");
    }

    [Fact]
    public void Judges_a_command_for_each_model_that_shares_it()
    {
        const string Sound = "run {port}";
        const string Unsound = "run {nonsense}";
        string[] commands = [Sound, Sound, Unsound, Unsound, Sound];
        RuntimeConfiguration configuration = _lab with
        {
            Models = [.. commands.Select((command, index) => ConfigurationFolder.NewModel($"a{index}") with { StartCommand = command })],
        };

        Assert.Equal(
            ["models[2].launch.start_cmd", "models[3].launch.start_cmd"],
            ConfigurationValidator.Validate(configuration).Select(finding => finding.Path));
    }

    [Fact]
    public void Refuses_an_entry_that_breaks_a_rule()
    {
        IdleHandsException failure = AssertFails(
            () => OneEntry.Add(EntrySection.Models, _lab, ConfigurationFolder.NewModel("a") with { Port = 0, HostPolicy = IdPolicy.Of(["x"]) }),
            "ModelInvalid",
            FailureKind.InvalidArgument,
            "The model 'a' was not added: host_policy[0]: there is no host 'x'; runtime_defaults.port: port 0 is not between 1 and 65535",
            "Add-IHModel");
        Assert.Equal(
            ["host_policy[0]", "runtime_defaults.port"],
            Assert.IsType<ConfigurationException>(failure).Findings.Select(finding => finding.Path));
        AssertFails(
            () => OneEntry.Change(EntrySection.Hosts, _lab, "h1", host => host with { Transport = "ssh" }),
            "HostInvalid",
            FailureKind.InvalidArgument,
            "The host 'h1' was not changed: connection.host",
            "Add-IHHost");
    }

    [Fact]
    public void Refuses_an_entry_without_what_is_required()
    {
        RuntimeModel bare = new() { Id = null!, DisplayName = null!, Source = null!, StartCommand = null!, HostPolicy = null! };

        IdleHandsException failure = AssertFails(
            () => OneEntry.Add(EntrySection.Models, _lab, bare), "ModelInvalid", FailureKind.InvalidArgument, "missing, and required", "Add-IHModel");

        Assert.Equal(
            ["id", "display_name", "source", "host_policy", "launch.start_cmd"],
            Assert.IsType<ConfigurationException>(failure).Findings.Select(finding => finding.Path));
    }

    [Fact]
    public void Changes_and_replaces_where_an_entry_stands()
    {
        RuntimeConfiguration changed = OneEntry.Change(EntrySection.Models, _lab, "m2", model => model with { Port = 9 });
        changed = OneEntry.Replace(EntrySection.Hosts, changed, new RuntimeHost { Id = "h1", DisplayName = "New" });

        Assert.Equal(9, changed.Models[1].Port);
        Assert.Equal("New", changed.Hosts[0].DisplayName);
        Assert.Same(_lab.Models[0], changed.Models[0]);
        Assert.Same(_lab, OneEntry.Change(EntrySection.Models, _lab, "m2", model => model with { }));
    }

    [Fact]
    public void Refuses_to_change_an_id() => AssertFails(
        () => OneEntry.Change(EntrySection.Models, _lab, "m1", model => model with { Id = "other" }),
        "ModelInvalid",
        FailureKind.InvalidArgument,
        "'m1' can't be changed to 'other'",
        "Add-IHModel");

    [Fact]
    public void Adds_each_that_can_be_added_and_tells_of_the_others()
    {
        var failures = new List<(string Id, string ErrorId)>();

        RuntimeConfiguration changed = EntryEdits.Add(
            EntrySection.Models,
            _lab,
            [
                ConfigurationFolder.NewModel("early") with { Fallback = "late" },
                ConfigurationFolder.NewModel("bad") with { Port = 0 },
                ConfigurationFolder.NewModel("m1"),
                ConfigurationFolder.NewModel("needs-bad") with { Fallback = "bad" },
                ConfigurationFolder.NewModel("late"),
                ConfigurationFolder.NewModel("late"),
                ConfigurationFolder.NewModel("x") with { Fallback = "y" },
                ConfigurationFolder.NewModel("y") with { Fallback = "x" },
            ],
            (model, failure) => failures.Add((model.Id, failure.ErrorId)));

        Assert.Equal(["m1", "m2", "m3", "early", "late"], changed.Models.Select(model => model.Id));
        Assert.Equal(
            [("m1", "ModelExists"), ("late", "ModelExists"), ("bad", "ModelInvalid"), ("needs-bad", "ModelInvalid"), ("x", "ModelInvalid"), ("y", "ModelInvalid")],
            failures);
        Assert.Empty(ConfigurationValidator.Validate(changed));
    }

    [Fact]
    public void Names_every_referrer_of_what_cannot_be_removed()
    {
        AssertFails(
            () => OneEntry.Remove(EntrySection.Hosts, _lab, "h1", removeReferences: false),
            "HostInUse",
            FailureKind.Failed,
            "host_filters of backend 'b1', host_policy of model 'm1', split_policy of model 'm2'.",
            "Remove-IHHost h1 -RemoveReferences");
        AssertFails(
            () => OneEntry.Remove(EntrySection.Backends, _lab, "b1", removeReferences: false), "BackendInUse", FailureKind.Failed, "backend_policy of model 'm1'", "-RemoveReferences");
        AssertFails(
            () => OneEntry.Remove(EntrySection.Models, _lab, "m2", removeReferences: false), "ModelInUse", FailureKind.Failed, "fallback of model 'm1'", "-RemoveReferences");
    }

    [Fact]
    public void Removes_an_entry_with_all_references_to_it()
    {
        RuntimeConfiguration changed = OneEntry.Remove(EntrySection.Hosts, _lab, "h1", removeReferences: true);
        changed = OneEntry.Remove(EntrySection.Models, changed, "m3", removeReferences: true);

        Assert.Equal(["h2", "h3"], changed.Hosts.Select(host => host.Id));
        Assert.Equal(IdPolicy.Of(["h2"]), changed.Backends[0].HostFilter);
        Assert.Equal(IdPolicy.Of(["h2"]), changed.Models[0].HostPolicy);
        Assert.Equal(new SplitPolicy("{ \"x\": 1, \"hosts\": [\"h2\"] }", new NameList("h2")), changed.Models[1].SplitPolicy);
        Assert.Null(changed.Models[1].Fallback);
        Assert.Equal("m2", changed.Models[0].Fallback);
        Assert.Empty(ConfigurationValidator.Validate(changed));
    }

    [Fact]
    public void Refuses_to_leave_an_empty_list_behind()
    {
        AssertFails(
            () => OneEntry.Remove(EntrySection.Backends, _lab, "b1", removeReferences: true),
            "BackendInUse",
            FailureKind.Failed,
            "it would leave nothing in backend_policy of model 'm1', and an empty list can never be met",
            "Set-IHModel");

        var failed = new List<string>();
        RuntimeConfiguration changed = EntryEdits.Remove(EntrySection.Hosts, _lab, ["h1", "h2", "h3"], removeReferences: true, (id, _) => failed.Add(id));

        Assert.Equal(["h1", "h2"], failed);
        Assert.Equal(["h1", "h2"], changed.Hosts.Select(host => host.Id));
    }

    [Fact]
    public void Removes_models_together_that_refer_to_each_other_only()
    {
        RuntimeConfiguration changed = EntryEdits.Remove(EntrySection.Models, _lab, ["m2", "m1", "m3"], removeReferences: false, (_, failure) => throw failure);

        Assert.Empty(changed.Models);
    }

    [Fact]
    public void Keeps_what_an_entry_that_stays_needs()
    {
        var failed = new List<string>();

        RuntimeConfiguration changed = EntryEdits.Remove(EntrySection.Models, _lab, ["m2", "m3"], removeReferences: false, (id, _) => failed.Add(id));

        Assert.Equal(["m2", "m3"], failed);
        Assert.Same(_lab, changed);
    }

    private static IdleHandsException AssertFails(Func<object> edit, string errorId, FailureKind kind, string message, string recommendation)
    {
        IdleHandsException failure = Assert.ThrowsAny<IdleHandsException>(edit);
        Assert.Equal((errorId, kind), (failure.ErrorId, failure.Kind));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains(recommendation, failure.Recommendation, StringComparison.Ordinal);
        return failure;
    }
}

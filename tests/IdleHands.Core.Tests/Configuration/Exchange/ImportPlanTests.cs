using System.Text;
using IdleHands.Configuration.Exchange;

namespace IdleHands.Core.Tests.Configuration.Exchange;

public sealed class ImportPlanTests
{
    private static readonly RuntimeConfiguration _before = new()
    {
        Hosts =
        [
            new RuntimeHost { Id = "here", DisplayName = "Here" },
            new RuntimeHost { Id = "there", DisplayName = "There", Transport = "ssh", HostName = "there.lan", Password = new Secret("in clear") },
        ],
        Models =
        [
            new RuntimeModel { Id = "a", DisplayName = "A", Source = "/a.gguf", StartCommand = "serve a", Port = 8080, HostPolicy = IdPolicy.Of(["here"]), Fallback = "b" },
            new RuntimeModel { Id = "b", DisplayName = "B", Source = "/b.gguf", StartCommand = "serve b", Port = 8081 },
        ],
    };

    [Fact]
    public void A_merge_changes_what_the_file_names_and_keeps_all_else()
    {
        ImportPlan plan = Merge("models:", "  - id: a", "    runtime_defaults: {port: 9000}");

        Assert.Empty(plan.Findings);
        Assert.Equal(_before.Models[0] with { Port = 9000 }, plan.After.Models[0]);
        Assert.Same(_before.Models[1], plan.After.Models[1]);
        ConfigurationChange change = Assert.Single(plan.Changes);
        Assert.Equal(("Change", "Model", "a"), (change.Action, change.Section, change.Id));
        Assert.Equal(new PropertyChange("runtime_defaults.port", 8080, 9000), Assert.Single(change.Difference));
        Assert.Equal("runtime_defaults.port: 8080 → 9000", change.Difference.ToString());
    }

    [Fact]
    public void A_merge_takes_a_null_for_a_removal()
    {
        ImportPlan plan = Merge("models:", "  - id: a", "    fallback: null", "    runtime_defaults: null");

        Assert.Empty(plan.Findings);
        Assert.Equal(_before.Models[0] with { Fallback = null, Port = null }, plan.After.Models[0]);
        Assert.Equal(["runtime_defaults.port: 8080 → (none)", "fallback: b → (none)"], plan.Changes[0].Difference.Select(one => one.ToString()));
    }

    [Fact]
    public void A_merge_adds_at_the_end_and_may_refer_to_what_is_there()
    {
        ImportPlan plan = Merge(
            "models:", "  - {id: c, display_name: C, enabled: true, source: /c.gguf, host_policy: [there], fallback: b, launch: {start_cmd: serve c}}");

        Assert.Empty(plan.Findings);
        Assert.Equal(["a", "b", "c"], plan.After.Models.Select(model => model.Id));
        Assert.Equal("Add", plan.Changes[0].Action);
        Assert.Contains(new PropertyChange("launch.start_cmd", null, "serve c"), plan.Changes[0].Difference);
    }

    [Fact]
    public void What_is_as_the_file_wants_it_is_no_change()
    {
        ImportPlan plan = Merge("models:", "  - id: b", "    source: /b.gguf");

        Assert.False(plan.HasChanges);
        Assert.Equal("None", Assert.Single(plan.Changes).Action);
        Assert.Same(_before.Models, plan.After.Models);
    }

    [Fact]
    public void A_replacement_takes_entries_as_they_stand_in_the_file_and_removes_the_others()
    {
        ImportPlan plan = Replace("models:", "  - {id: b, display_name: B, enabled: false, source: /b.gguf, launch: {start_cmd: serve b}}");

        Assert.Empty(plan.Findings);
        Assert.Equal([_before.Models[1] with { Enabled = false, Port = null }], plan.After.Models);
        Assert.Empty(plan.After.Hosts);
        Assert.Equal(
            ["Remove host 'here'", "Remove host 'there'", "Change model 'b'", "Remove model 'a'"],
            plan.Changes.Select(change => change.ToString()));
    }

    [Fact]
    public void A_replacement_tells_of_another_order()
    {
        string text = ConfigurationExport.Write(_before with { Models = [.. _before.Models.Reverse()] }, isYaml: true);

        ImportPlan plan = Yaml.Import(_before, isReplacing: true, text);

        Assert.Equal(["b", "a"], plan.After.Models.Select(model => model.Id));
        Assert.Equal(["b: (position): 2 → 1", "a: (position): 1 → 2"], plan.Changes.Where(change => change.Section == "Model").Select(change => $"{change.Id}: {change.Difference}"));
    }

    [Fact]
    public void A_password_never_shows_in_a_difference()
    {
        ImportPlan plan = Merge("hosts:", "  - id: there", "    connection: {password: env:THERE}");

        Assert.Equal("connection.password: *** → env:THERE", plan.Changes[0].Difference.ToString());
    }

    [Fact]
    public void All_mistakes_are_found_at_once_each_at_its_place_in_its_file()
    {
        ImportPlan plan = Yaml.Import(
            _before,
            isReplacing: false,
            "schema_version: 1\nmodels:\n  - id: a\n    fallback: nobody\n    host_policy: [nowhere]\n  - id: Bad\n    display_name: x\n    enabled: true\n",
            "schema_version: 1\nhosts:\n  - id: new\n    display_name: New\n    transport: ssh\n  - {id: here, lunch: 1}\n");

        Assert.Equal(
            [
                "hosts[0].enabled 3:5", "hosts[0].connection.host 3:5", "models[0].fallback 4:15", "models[0].host_policy[0] 5:19",
                "models[1].source 6:5", "models[1].launch.start_cmd 6:5", "models[1].id 6:9", "hosts[1].lunch 6:16",
            ],
            plan.Findings.Select(found => FormattableString.Invariant($"{found.Finding.Path} {found.Finding.Line}:{found.Finding.Column}")));
        Assert.All(plan.Findings, found => Assert.Equal(Yaml.FileName, found.File));
    }

    [Fact]
    public void A_circle_of_fallbacks_through_entries_that_are_there_is_found()
    {
        ImportPlan plan = Merge("models:", "  - id: b", "    fallback: a");

        ImportFinding found = Assert.Single(plan.Findings);
        Assert.Contains("a → b", found.Finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_in_two_files_is_a_mistake()
    {
        const string File = "schema_version: 1\nmodels:\n  - {id: a, fallback: b}\n";

        ImportPlan plan = Yaml.Import(_before, isReplacing: false, File, File);

        ImportFinding found = Assert.Single(plan.Findings);
        Assert.Equal("'a' is the id of models[0] in fleet.yaml already.", found.Finding.Message);
    }

    [Fact]
    public void JSON_is_read_with_places_too()
    {
        const string Text = "{\n  \"schema_version\": 1,\n  \"x_notes\": 1,\n  \"models\": [\n    {\"id\": \"a\",\n     \"fallback\": \"nobody\"}\n  ]\n}\n";

        ImportPlan plan = ImportPlan.Make(_before, [ImportSource.FromJson("f.json", Encoding.UTF8.GetBytes(Text))], isReplacing: false);

        Assert.Equal(
            ["Warning x_notes 3:3", "Error models[0].fallback 6:18"],
            plan.Findings.Select(found => FormattableString.Invariant($"{found.Finding.Severity} {found.Finding.Path} {found.Finding.Line}:{found.Finding.Column}")));
    }

    [Fact]
    public void A_split_policy_that_is_only_spaced_otherwise_is_no_change()
    {
        RuntimeConfiguration before = _before with { Models = [_before.Models[0] with { Fallback = null, SplitPolicy = new SplitPolicy("{ \"hosts\":[\"here\"],\n \"n\": 1.0 }", new NameList("here")) }] };

        ImportPlan plan = Yaml.Import(before, isReplacing: false, "schema_version: 1\nmodels:\n  - id: a\n    split_policy:\n      hosts:\n        - here\n      n: 1.0\n");

        Assert.False(plan.HasChanges);
    }

    private static ImportPlan Merge(params string[] lines) => Yaml.Import(_before, isReplacing: false, "schema_version: 1\n" + string.Join('\n', lines) + "\n");

    private static ImportPlan Replace(params string[] lines) => Yaml.Import(_before, isReplacing: true, "schema_version: 1\n" + string.Join('\n', lines) + "\n");
}

using System.Text;
using IdleHands.Configuration;
using IdleHands.Configuration.Exchange;
using Microsoft.Extensions.Time.Testing;

namespace IdleHands.Core.Tests.Configuration.Exchange;

public sealed class ConfigurationImportTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new(ConfigurationFolder.Small);
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 27, 6, 15, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_import_keeps_the_file_as_it_was_and_undoes_itself_by_it()
    {
        IReadOnlyList<ConfigurationChange> changes = await ImportAsync("models:\n  - {id: b, enabled: false}\n", isReplacing: false);

        string backup = Path.Combine(_folder.Root, "backups", "runtimes-20261127-061500-000.json");
        Assert.All(changes, change => Assert.Equal((_folder.File, backup), (change.Path, change.BackupPath)));
        Assert.Equal(ConfigurationFolder.Small, File.ReadAllText(backup));
        Assert.Contains("""{"id": "b", "display_name": "B", "enabled": false,""", _folder.Text, StringComparison.Ordinal);

        await ImportAsync([ImportSource.FromJson(backup, File.ReadAllBytes(backup))], isReplacing: true);

        Assert.Equal(ConfigurationFolder.Small, _folder.Text);
    }

    [Fact]
    public async Task Where_nothing_changes_nothing_is_written()
    {
        DateTime written = File.GetLastWriteTimeUtc(_folder.File);

        IReadOnlyList<ConfigurationChange> changes = await ImportAsync("models:\n  - {id: b, enabled: true}\n", isReplacing: false);

        Assert.Null(Assert.Single(changes).BackupPath);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder.File));
        Assert.False(Directory.Exists(Path.Combine(_folder.Root, "backups")));
    }

    [Fact]
    public async Task The_newest_ten_are_kept_also_after_the_clock_was_set_back()
    {
        string? last = null;
        for (int number = 1; number <= 14; number++)
        {
            if (number == 8)
            {
                _clock.AdjustTime(_clock.GetUtcNow() - TimeSpan.FromDays(1));
            }

            last = (await ImportAsync($"models:\n  - {{id: b, runtime_defaults: {{port: {9000 + number}}}}}\n", isReplacing: false))[0].BackupPath;
        }

        string[] kept = [.. Directory.GetFiles(Path.Combine(_folder.Root, "backups")).Order(StringComparer.Ordinal)];
        Assert.Equal(10, kept.Length);
        Assert.Equal(last, kept[^1]);
        Assert.Contains("9013", File.ReadAllText(kept[^1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_added_meanwhile_is_not_removed_unseen()
    {
        var import = new ConfigurationImport(_folder.Store, [Yaml.Source("schema_version: 1\nhosts:\n  - {id: here, display_name: Here, enabled: true}\n")], isReplacing: true);
        ImportPlan agreed = import.Plan();
        await _folder.Store.UpdateAsync(current => current with { Models = [.. current.Models, ConfigurationFolder.NewModel("new")] }, TestContext.Current.CancellationToken);
        string text = _folder.Text;

        IdleHandsException failure = await Assert.ThrowsAsync<IdleHandsException>(() => import.ApplyAsync(agreed, TestContext.Current.CancellationToken));

        Assert.Equal(("ConfigurationMoved", "new"), (failure.ErrorId, failure.Target));
        Assert.Equal(text, _folder.Text);
        Assert.False(Directory.Exists(Path.Combine(_folder.Root, "backups")));
    }

    [Fact]
    public async Task A_broken_result_is_not_written_and_leaves_no_backup()
    {
        IReadOnlyList<ImportSource> sources = [Yaml.Source("schema_version: 1\nmodels:\n  - {id: b, fallback: nobody}\n")];

        ConfigurationException failure = await Assert.ThrowsAsync<ConfigurationException>(() => ImportAsync(sources, isReplacing: false));

        Assert.Equal("ImportInvalid", failure.ErrorId);
        Assert.Contains("fleet.yaml, line 3, column 23: models[0].fallback", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ConfigurationFolder.Small, _folder.Text);
        Assert.False(Directory.Exists(Path.Combine(_folder.Root, "backups")));
    }

    [Fact]
    public async Task A_new_file_names_its_schema_which_lies_beside_it()
    {
        using var empty = new ConfigurationFolder();

        await empty.Store.UpdateAsync(_ => RuntimeConfiguration.Empty with { Models = [ConfigurationFolder.NewModel("m")] }, TestContext.Current.CancellationToken);

        Assert.StartsWith("{\n  \"$schema\": \"./runtimes.schema.json\",\n", empty.Text, StringComparison.Ordinal);
        Assert.Equal(ConfigurationSchema.Write(), File.ReadAllText(Path.Combine(empty.Root, "runtimes.schema.json")));
        Assert.Empty(empty.Store.Inspect().Findings);
    }

    [Fact]
    public async Task A_schema_of_an_older_version_is_renewed_and_one_that_was_removed_stays_away()
    {
        string schema = Path.Combine(_folder.Root, "runtimes.schema.json");
        await ImportAsync("models:\n  - {id: b, enabled: false}\n", isReplacing: false);
        Assert.False(File.Exists(schema));

        File.WriteAllText(schema, "{}");
        await ImportAsync("models:\n  - {id: b, enabled: true}\n", isReplacing: false);

        Assert.Equal(ConfigurationSchema.Write(), File.ReadAllText(schema));
    }

    [Fact]
    public void A_byte_that_is_no_UTF_8_and_a_NUL_are_found_at_their_place()
    {
        Assert.Equal((2L, 4L), Place([.. "a: 1\nb: "u8, 0xFF, .. "\n"u8]));
        Assert.Equal((3L, 2L), Place([0xEF, 0xBB, 0xBF, .. "a: 1\r\nb: 2\r\nc"u8, 0, .. ": 3"u8]));
    }

    private (long, long) Place(byte[] bytes)
    {
        string file = Path.Combine(_folder.Root, "x.yaml");
        File.WriteAllBytes(file, bytes);
        ConfigurationFinding finding = Assert.Single(ImportFile.Read(file, null, IdleHands.Yaml.YamlReader.Read).Findings);
        return (finding.Line!.Value, finding.Column!.Value);
    }

    [Theory]
    [InlineData("missing.yaml", FailureKind.NotFound)]
    [InlineData(".", FailureKind.Permission)]
    public void A_file_that_cant_be_read_is_named(string name, FailureKind kind)
    {
        IdleHandsException failure = Assert.Throws<IdleHandsException>(() => ImportFile.Read(Path.Combine(_folder.Root, name), null, IdleHands.Yaml.YamlReader.Read));

        Assert.Equal(("ImportUnreadable", kind), (failure.ErrorId, failure.Kind));
    }

    [Fact]
    public void A_file_of_more_than_16_MiB_is_refused()
    {
        string file = Path.Combine(_folder.Root, "big.yaml");
        File.WriteAllBytes(file, Encoding.ASCII.GetBytes("# " + new string('x', ImportFile.LargestBytes)));

        Assert.Contains("16 MiB", Assert.Throws<IdleHandsException>(() => ImportFile.Read(file, null, IdleHands.Yaml.YamlReader.Read)).Message, StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<ConfigurationChange>> ImportAsync(string yaml, bool isReplacing) =>
        ImportAsync([Yaml.Source("schema_version: 1\n" + yaml)], isReplacing);

    private Task<IReadOnlyList<ConfigurationChange>> ImportAsync(IReadOnlyList<ImportSource> sources, bool isReplacing)
    {
        var import = new ConfigurationImport(_folder.Store, sources, isReplacing, _clock);
        return import.ApplyAsync(import.Plan(), TestContext.Current.CancellationToken);
    }
}

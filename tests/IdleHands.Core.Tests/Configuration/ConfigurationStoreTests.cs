using System.Diagnostics;
using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

public sealed class ConfigurationStoreTests
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Takes_a_missing_file_as_an_empty_configuration()
    {
        using var folder = new ConfigurationFolder();
        var store = new ConfigurationStore(Path.Combine(folder.Root, "none", "runtimes.json"));

        Assert.Empty(store.Load().Models);
        Assert.Empty(store.Inspect().Findings);
        Assert.False(Directory.Exists(Path.Combine(folder.Root, "none")));
    }

    [Fact]
    public async Task Writes_a_new_file_that_only_its_user_can_read()
    {
        using var folder = new ConfigurationFolder();
        string directory = Path.Combine(folder.Root, "new", "deep");
        var store = new ConfigurationStore(Path.Combine(directory, "runtimes.json"));

        await store.UpdateAsync(configuration => OneEntry.Add(EntrySection.Models, configuration, ConfigurationFolder.NewModel("a")), Cancellation);

        Assert.Equal("a", Assert.Single(store.Load().Models).Id);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(PrivateFile, File.GetUnixFileMode(store.Path));
            Assert.Equal(PrivateFile | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        }
    }

    [Fact]
    public async Task Tightens_the_mode_of_the_file_and_leaves_that_of_the_directory()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Needs modes.");
            return;
        }

        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        const UnixFileMode Open = PrivateFile | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        File.SetUnixFileMode(folder.File, PrivateFile | UnixFileMode.OtherRead);
        File.SetUnixFileMode(folder.Root, Open);

        await folder.Store.UpdateAsync(configuration => OneEntry.Remove(EntrySection.Models, configuration, "a", removeReferences: false), Cancellation);

        Assert.Equal(PrivateFile, File.GetUnixFileMode(folder.File));
        Assert.Equal(Open, File.GetUnixFileMode(folder.Root));
    }

    [Fact]
    public async Task Writes_through_a_symbolic_link()
    {
        using var folder = new ConfigurationFolder();
        string directory = Directory.CreateDirectory(Path.Combine(folder.Root, "dotfiles")).FullName;
        string target = Path.Combine(directory, "real.json");
        File.WriteAllText(target, ConfigurationFolder.Small);
        File.CreateSymbolicLink(folder.File, Path.Combine("dotfiles", "real.json"));

        await folder.Store.UpdateAsync(configuration => OneEntry.Remove(EntrySection.Models, configuration, "a", removeReferences: false), Cancellation);

        Assert.NotNull(new FileInfo(folder.File).LinkTarget);
        Assert.Null(new FileInfo(target).LinkTarget);
        Assert.Equal("b", Assert.Single(folder.Store.Load().Models).Id);
        Assert.Equal("b", Assert.Single(new ConfigurationStore(target).Load().Models).Id);
        Assert.Equal(["real.json", "real.json.lock"], Directory.GetFiles(directory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Makes_the_file_that_a_symbolic_link_leads_to()
    {
        using var folder = new ConfigurationFolder();
        string target = Path.Combine(folder.Root, "later", "real.json");
        File.CreateSymbolicLink(folder.File, target);

        Assert.Empty(folder.Store.Load().Models);
        await folder.Store.UpdateAsync(configuration => OneEntry.Add(EntrySection.Models, configuration, ConfigurationFolder.NewModel("a")), Cancellation);

        Assert.Equal("a", Assert.Single(new ConfigurationStore(target).Load().Models).Id);
        Assert.Equal(target, new FileInfo(folder.File).LinkTarget);
    }

    [Fact]
    public async Task Writes_nothing_where_nothing_changes()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        var stamp = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(folder.File, stamp);

        await folder.Store.UpdateAsync(configuration => configuration, Cancellation);
        await folder.Store.UpdateAsync(configuration => configuration with { Models = [.. configuration.Models.Select(model => model with { })] }, Cancellation);

        Assert.Equal(stamp, File.GetLastWriteTimeUtc(folder.File));
        Assert.Equal(ConfigurationFolder.Small, folder.Text);
    }

    [Fact]
    public async Task Refuses_a_change_that_breaks_a_rule()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);

        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => folder.Store.UpdateAsync(
            configuration => configuration with { Models = [configuration.Models[0] with { Port = 70000 }] },
            Cancellation));

        Assert.Equal("ConfigurationInvalid", failure.ErrorId);
        Assert.Equal("models[0].runtime_defaults.port", Assert.Single(failure.Findings).Path);
        Assert.Contains("port 70000 is not between 1 and 65535", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ConfigurationFolder.Small, folder.Text);
    }

    [Fact]
    public async Task Leaves_the_file_alone_and_the_lock_free_when_the_change_throws()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => folder.Store.UpdateAsync(_ => throw new InvalidTimeZoneException(), Cancellation));

        Assert.Equal(ConfigurationFolder.Small, folder.Text);
        await new ConfigurationStore(folder.File) { LockTimeout = TimeSpan.Zero }.UpdateAsync(configuration => configuration, Cancellation);
    }

    [Fact]
    public async Task Removes_what_a_killed_writer_left()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        string leftover = Path.Combine(folder.Root, ".runtimes.json.4711-0.tmp");
        File.WriteAllText(leftover, "half a fi");

        await folder.Store.UpdateAsync(configuration => OneEntry.Remove(EntrySection.Models, configuration, "a", removeReferences: false), Cancellation);

        Assert.False(File.Exists(leftover));
        Assert.Equal(["runtimes.json", "runtimes.json.lock"], Directory.GetFiles(folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Names_the_lock_file_when_another_holds_it_too_long()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        await using (new FileStream(folder.File + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            var store = new ConfigurationStore(folder.File) { LockTimeout = TimeSpan.FromMilliseconds(60) };

            var failure = await Assert.ThrowsAsync<ConfigurationException>(() => store.UpdateAsync(_ => RuntimeConfiguration.Empty, Cancellation));

            Assert.Equal(("ConfigurationLocked", FailureKind.Busy), (failure.ErrorId, failure.Kind));
            Assert.Contains(folder.File + ".lock", failure.Message, StringComparison.Ordinal);
            Assert.Equal(2, store.Load().Models.Count);
        }

        Assert.Equal(ConfigurationFolder.Small, folder.Text);
    }

    [Fact]
    public async Task Waits_anew_after_another_has_changed_the_file()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        var store = new ConfigurationStore(folder.File) { LockTimeout = TimeSpan.FromSeconds(1) };
        await using var held = new FileStream(folder.File + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        long start = Stopwatch.GetTimestamp();
        Task<RuntimeConfiguration> update = store.UpdateAsync(_ => RuntimeConfiguration.Empty, Cancellation);

        File.SetLastWriteTimeUtc(folder.File, File.GetLastWriteTimeUtc(folder.File).AddSeconds(1));

        await Assert.ThrowsAsync<ConfigurationException>(() => update);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public async Task Goes_on_as_soon_as_the_lock_is_free()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        Task<RuntimeConfiguration> update;
        await using (new FileStream(folder.File + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            update = folder.Store.UpdateAsync(configuration => OneEntry.Remove(EntrySection.Models, configuration, "a", removeReferences: false), Cancellation);
            Assert.False(update.IsCompleted);
        }

        Assert.Equal("b", Assert.Single((await update).Models).Id);
    }

    [Fact]
    public async Task Ends_the_wait_for_the_lock_when_cancelled()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        await using var held = new FileStream(folder.File + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<RuntimeConfiguration> update = folder.Store.UpdateAsync(_ => RuntimeConfiguration.Empty, source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => update);
    }

    [Fact]
    public async Task Loses_no_change_of_many_writers()
    {
        using var folder = new ConfigurationFolder();
        var store = new ConfigurationStore(folder.File) { LockTimeout = TimeSpan.FromMinutes(2) };
        using var done = new CancellationTokenSource();

        // A reader all the while: it must never meet half a file.
        Task reader = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    folder.Store.Load();
                }
            },
            Cancellation);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
            async () =>
            {
                for (int number = 0; number < 10; number++)
                {
                    string id = $"w{writer}-{number}";
                    await store.UpdateAsync(configuration => OneEntry.Add(EntrySection.Models, configuration, ConfigurationFolder.NewModel(id)), Cancellation);
                }
            },
            Cancellation)));
        await done.CancelAsync();
        await reader;

        Assert.Equal(80, store.Load().Models.Select(model => model.Id).Distinct().Count());
        Assert.Equal(["runtimes.json", "runtimes.json.lock", "runtimes.schema.json"], Directory.GetFiles(folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Says_why_it_cannot_write()
    {
        using var folder = new ConfigurationFolder();
        File.WriteAllText(Path.Combine(folder.Root, "file"), "in the way");
        var store = new ConfigurationStore(Path.Combine(folder.Root, "file", "runtimes.json"));

        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => store.UpdateAsync(
            configuration => OneEntry.Add(EntrySection.Models, configuration, ConfigurationFolder.NewModel("a")),
            Cancellation));

        Assert.Equal("ConfigurationUnwritable", failure.ErrorId);
        Assert.Contains(store.Path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("IDLEHANDS_CONFIG_DIR", failure.Recommendation, StringComparison.Ordinal);
    }
}

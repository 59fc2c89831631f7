using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>What is written down is broken, or no longer true: of another time, another boot, another process.</summary>
public abstract class StateFaultTests(Bystanders bystanders, FaultHost way) : FaultTestBase(bystanders, way)
{
    private string JournalFile => Path.Combine(Session.StateDirectory, "journal.jsonl");

    /// <summary>Changes what is written down of what runs: in the state file, and in the record of its launch.</summary>
    private void Rewrite(Action<JsonObject> change)
    {
        foreach (string file in (string[])[Session.StateFile, .. Directory.EnumerateFiles(Path.Combine(Session.StateDirectory, "launches"))])
        {
            JsonNode root = JsonNode.Parse(File.ReadAllText(file))!;
            change((JsonObject)root["slots"]!["default"]!);
            File.WriteAllText(file, root.ToJsonString());
        }
    }

    private void CrashAll() => Launches.End(Session.StateDirectory);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"schema_version":1,"slots":{"default":{"model_id":"before"}}}""")]
    public async Task A_state_that_says_nothing_is_set_aside_and_what_runs_is_found_again(string content)
    {
        RunBefore();
        Session.WriteState(content);

        Result look = Session.Run("Get-IHRuntime");
        Result select = Session.Run("Select-IHModel before");

        Assert.Empty(look.Errors);
        Assert.Equal("before", Property(Assert.Single(look.Output), "Id"));
        Assert.Contains("By the record of its launch, model 'before' runs", Assert.Single(look.Warnings), StringComparison.Ordinal);
        Assert.Equal(SelectStatus.Reused, Emitted(select).Status);
        Assert.Contains("By the record of its launch, model 'before' runs", Assert.Single(select.Warnings), StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Assert.Single(Directory.EnumerateFiles(Session.StateDirectory, "runtime-active.json.unreadable-*"))));
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_state_that_says_nothing_keeps_nobody_from_the_stop()
    {
        RunBefore();
        Session.WriteState("{");

        Session.Get("Stop-IHRuntime");

        await AssertEndsWithAsync(null);
    }

    [Fact]
    public async Task A_state_of_a_newer_version_is_refused_and_not_touched()
    {
        RunBefore();
        int process = ProcessId();
        string own = File.ReadAllText(Session.StateFile);
        const string Newer = """{"schema_version":9,"slots":{}}""";
        Session.WriteState(Newer);
        foreach (string script in (string[])["Select-IHModel after", "Stop-IHRuntime -Force", "Get-IHRuntime"])
        {
            AssertTells(Session.Run(script).Error, "StateFromNewerVersion", ErrorCategory.InvalidData, "Update-Module IdleHands");
        }

        Assert.Equal(Newer, File.ReadAllText(Session.StateFile));
        Session.WriteState(own);
        Assert.Equal(process, ProcessId());
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_torn_last_line_of_the_history_costs_that_line_alone()
    {
        RunBefore();
        string[] whole = await File.ReadAllLinesAsync(JournalFile, Token);
        await File.WriteAllTextAsync(JournalFile, string.Join('\n', whole) + "\n" + whole[^1][..(whole[^1].Length / 2)], Token);

        Select("before");

        Assert.Equal([SelectStatus.Started, SelectStatus.Reused], Session.Get("Get-IHHistory before").Select(entry => Property(entry, "Status")));
        string[] lines = await File.ReadAllLinesAsync(JournalFile, Token);
        Assert.Equal(whole, lines[..whole.Length]);
        Assert.All(lines[(whole.Length + 1)..], line => JsonDocument.Parse(line).Dispose());
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_clock_that_was_set_back_changes_nothing()
    {
        RunBefore();
        DateTimeOffset future = DateTimeOffset.Now.AddDays(3);
        Rewrite(slot => slot["started_at"] = future);
        string logs = Path.GetDirectoryName(Active()!.LogPath)!;
        foreach (int number in Enumerable.Range(0, 12))
        {
            string stamp = future.AddHours(number).UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
            await File.WriteAllTextAsync(Path.Combine(logs, $"next-{stamp}-{number:x6}.log"), "of the future\n", Token);
        }

        Session.Get("Get-IHRuntime");
        AddModel("next");

        Assert.Equal(TimeSpan.Zero, Active()!.Uptime);
        Assert.Equal(SelectStatus.Reused, Select("before").Status);
        Assert.Equal(SelectStatus.Started, Select("next").Status);
        Assert.True(File.Exists(Active()!.LogPath));
        Assert.Equal(10, Directory.EnumerateFiles(logs, "next-*.log").Count());
        Assert.InRange(Active()!.Uptime, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        await AssertEndsWithAsync("next");
    }

    [Fact]
    public async Task After_a_restart_of_the_machine_what_ran_is_known_to_be_gone()
    {
        RunBefore();
        CrashAll();
        Rewrite(slot => slot["launch"]!["boot_id"] = "an earlier boot");

        ActiveRuntime? seen = await AssertKnownAsync();
        Result select = Session.Run("Select-IHModel before");

        Assert.Equal((RuntimeStatus.Exited, "its host was started anew since"), (seen!.Status, seen.Detail));
        Assert.Equal(SelectStatus.Started, Emitted(select).Status);
        Assert.Contains("its host was started anew since", Assert.Single(select.Warnings), StringComparison.Ordinal);
        await AssertEndsWithAsync("before");
    }

    [Theory]
    [InlineData("Select-IHModel before")]
    [InlineData("Select-IHModel after")]
    [InlineData("Select-IHModel before -Force")]
    [InlineData("Stop-IHRuntime")]
    [InlineData("Stop-IHRuntime -Force")]
    public async Task A_stranger_that_got_the_number_of_the_session_is_never_signalled(string script)
    {
        RunBefore();
        CrashAll();

        // A session of its own, as the launch had one; with the same environment, as of the same terminal.
        using var stranger = Process.Start("setsid", ["sleep", "60"]);
        Rewrite(slot => slot["launch"]!["process_id"] = stranger.Id);

        ActiveRuntime? seen = await AssertKnownAsync();
        Result run = Session.Run(script);

        Assert.Equal(RuntimeStatus.Exited, seen!.Status);
        Assert.Empty(run.Errors);
        Assert.False(stranger.HasExited);
        Session.Get("Stop-IHRuntime -Force");
        await AssertEndsWithAsync(null);
        Assert.False(stranger.HasExited);
        stranger.Kill();
        await stranger.WaitForExitAsync(Token);
    }
}

public sealed class LocalStateFaultTests(Bystanders bystanders, LocalFaultHost way) : StateFaultTests(bystanders, way), IClassFixture<LocalFaultHost>;

public sealed class SshStateFaultTests(Bystanders bystanders, ThoroughSshFaultHost way) : StateFaultTests(bystanders, way), IClassFixture<ThoroughSshFaultHost>;

public sealed class ExecStateFaultTests(Bystanders bystanders, ThoroughExecFaultHost way) : StateFaultTests(bystanders, way), IClassFixture<ThoroughExecFaultHost>;

using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>Get-IHLog, and the bounds of the logs.</summary>
public sealed class LogTests : SelectTestBase
{
    private string Logs => Path.Combine(Session.StateDirectory, "logs");

    private static string[] Lines(Result run)
    {
        Assert.Empty(run.Errors);
        Assert.Null(run.Terminated);
        return [.. run.Output.Select(line => Assert.IsType<string>(line.BaseObject))];
    }

    private string[] Lines(string script) => Lines(Session.Run(script));

    /// <summary>Leaves logs of launches that are over, the oldest first.</summary>
    private void Leave(string model, int count)
    {
        Directory.CreateDirectory(Logs);
        for (int number = 0; number < count; number++)
        {
            File.WriteAllText(Path.Combine(Logs, $"{model}-20200101T0000{number:00}-abcdef.log"), $"one {number}\ntwo {number}\n");
        }
    }

    [Fact]
    public void Shows_the_log_of_what_is_active()
    {
        AddModel("one");
        AddModel("two");
        Leave("two", 1);
        Select("one");

        string[] lines = Lines("Get-IHLog");

        Assert.StartsWith($"# idlehands launch {Active()!.LaunchId}: model one on host here", lines[0], StringComparison.Ordinal);
        Assert.Equal(File.ReadAllLines(Active()!.LogPath!), lines);
        Assert.Equal(lines[^2..], Lines("Get-IHLog -Tail 2"));
        Assert.Equal(lines[^1..], Lines("Get-IHLog ONE -Tail 1"));
        Assert.Equal(lines[^1..], Lines("Get-IHModel one | Get-IHLog -Tail 1"));
        Assert.Equal(lines[^1..], Lines("Get-IHRuntime | Get-IHLog -Tail 1"));
        Assert.Empty(Lines("Get-IHLog -Tail 0"));
    }

    [Fact]
    public void Shows_the_newest_log_where_nothing_is_active()
    {
        Leave("two", 2);
        Leave("one", 3);

        Assert.Equal(["two 2"], Lines("Get-IHLog -Tail 1"));
        Assert.Equal(["one 1", "two 1"], Lines("Get-IHLog two"));
    }

    [Fact]
    public void Shows_why_a_start_failed()
    {
        AddModel("broken", "--load-time 60 --crash-after 0.2 --crash-message out-of-luck");
        Fail("broken");

        Assert.Contains("out-of-luck", Lines("Get-IHLog broken"));
        Assert.Contains("out-of-luck", Lines("Get-IHLog -Wait"));
    }

    [Theory]
    [InlineData("Get-IHLog", "no log of an earlier launch", "Select-IHModel")]
    [InlineData("Get-IHLog nobody", "'nobody'", "Select-IHModel nobody")]
    [InlineData("Get-IHLog -LaunchId m-20260101T000000-abcdef", "'m-20260101T000000-abcdef'", "Get-IHLog m")]
    public void A_log_that_is_not_there_is_an_error_that_says_what_to_do(string script, string said, string advised)
    {
        ErrorRecord error = Session.Run(script).Error;

        Assert.Equal("LogNotFound", ErrorId(error));
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Contains(said, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(advised, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_log_does_not_keep_the_others_back()
    {
        Leave("one", 1);
        Leave("other", 1);

        Result run = Session.Run("'nobody', 'o*', 'x*', 'one' | Get-IHLog -Tail 1; Get-IHLog one, nobody -Tail 1; Get-IHLog '[' ");

        Assert.Equal(["two 0", "two 0", "two 0", "two 0"], run.Output.Select(line => line.BaseObject));
        Assert.Equal(["LogNotFound", "LogNotFound", "BadWildcard"], run.Errors.Select(ErrorId));
        Assert.Contains("Models that have one: one, other.", run.Errors[0].Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_launch_is_named_by_an_object_that_has_its_id()
    {
        Leave("one", 3);

        Assert.Equal(["one 1", "two 1"], Lines("[pscustomobject]@{ Id = 'other'; LaunchId = 'one-20200101T000001-abcdef' } | Get-IHLog"));
        Assert.Equal(["two 2", "two 1"], Lines("@{ LaunchId = 'one-20200101T000002-abcdef' }, 'one-20200101T000001-abcdef' | Get-IHLog -Tail 1"));
        Assert.Equal(["two 0"], Lines("Get-IHLog -LaunchId one-20200101T000000-abcdef -Tail 1"));
    }

    [Fact]
    public void What_names_neither_a_model_nor_a_launch_is_refused()
    {
        AddModel("one");

        Assert.Contains("not a RuntimeHost", Session.Run("Get-IHHost | Get-IHLog").Error.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../one-20200101T000000-abcdef")]
    [InlineData("/etc/passwd")]
    [InlineData("one-20200101T000000-abcdef.log")]
    [InlineData("ONE-20200101T000000-abcdef")]
    [InlineData("*")]
    public void What_is_no_id_of_a_launch_is_refused(string id)
    {
        Leave("one", 1);

        ErrorRecord error = Session.Run($"Get-IHLog -LaunchId '{id}'").Error;

        Assert.Equal("LaunchIdInvalid", ErrorId(error));
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
    }

    [Fact]
    public void A_negative_number_of_lines_is_refused() =>
        Assert.Contains("Tail", Assert.IsAssignableFrom<ParameterBindingException>(Session.Run("Get-IHLog -Tail -1").Terminated ?? Session.Run("Get-IHLog -Tail -1").Error.Exception).Message, StringComparison.Ordinal);

    [Fact]
    public void A_broken_configuration_is_no_obstacle()
    {
        AddModel("one");
        Select("one");
        Session.WriteConfiguration("{ not JSON");

        Assert.NotEmpty(Lines("Get-IHLog"));
        Assert.NotEmpty(Lines("Get-IHLog one"));
    }

    [Fact]
    public void A_state_that_can_not_be_understood_is_a_warning_and_the_newest_log_is_shown()
    {
        Leave("one", 2);
        Session.WriteState("{ not JSON");

        Result run = Session.Run("Get-IHLog -Tail 1");

        Assert.Equal(["two 1"], Lines(run));
        Assert.Contains(Session.StateFile, Assert.Single(run.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_other_tools_started_has_no_log_here()
    {
        Session.WriteState("""{"modelId":"one","hostIds":["here"],"backendId":null,"endpoint":"http://127.0.0.1:1/v1","healthy":true,"startedAt":"2026-01-01T00:00:00Z"}""");

        ErrorRecord error = Session.Run("Get-IHLog").Error;

        Assert.Equal("LogNotFound", ErrorId(error));
        Assert.Contains("did not launch it", error.Exception.Message, StringComparison.Ordinal);
        Leave("one", 1);
        Assert.Equal(["two 0"], Lines("Get-IHRuntime | Get-IHLog -Tail 1"));
    }

    [Fact]
    public void A_past_select_names_the_launch_that_came_of_it()
    {
        AddModel("one");
        Select("one");
        string first = Active()!.LaunchId!;
        Select("one -Restart");
        Session.Get("Set-IHModel one -Source /nowhere/nothing.gguf");
        Fail("one -Restart");

        Result run = Session.Run("Get-IHHistory | Get-IHLog");

        Assert.Equal(
            [first, Active()!.LaunchId],
            run.Output.Select(line => (string)line.BaseObject).Where(line => line.StartsWith("# idlehands launch", StringComparison.Ordinal)).Select(line => line.Split(' ', ':')[3]));
        Assert.Contains("No launch came of a HistoryEntry of model 'one'", run.Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launch_that_the_state_has_lost_is_followed()
    {
        AddModel("one");
        Select("one");
        string path = Active()!.LogPath!;
        int process = ProcessId();
        File.Delete(Session.StateFile);
        using System.Management.Automation.PowerShell shell = Session.Shell("Get-IHLog -Wait");
        var output = new PSDataCollection<PSObject>();
        var first = new TaskCompletionSource();
        output.DataAdded += (_, _) => first.TrySetResult();
        IAsyncResult following = shell.BeginInvoke<PSObject, PSObject>(null, output);
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(following.IsCompleted);

        Kill(process);

        await Task.Factory.FromAsync(following, shell.EndInvoke).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(await File.ReadAllLinesAsync(path, Token), output.Select(line => line.BaseObject));
    }

    [Fact]
    public void Secrets_of_what_runs_are_masked()
    {
        Environment.SetEnvironmentVariable("IH_TEST_KEY", "s3cr3t-value");
        try
        {
            Session.Get("Add-IHBackend keyed -Type cpu -Environment @{ KEY = 'env:IH_TEST_KEY' }");
            AddModel("one", more: "-BackendPolicy keyed");
            Session.Get("Set-IHModel one -StartCommand ('{backend_env}sh -c ''echo the key is $KEY''; ' + (Get-IHModel one).StartCommand)");
            Select("one");

            Assert.Contains("the key is s3cr3t-value", File.ReadAllLines(Active()!.LogPath!));
            Assert.Contains("the key is ***", Lines("Get-IHLog"));
            Assert.DoesNotContain("s3cr3t-value", string.Concat(Lines("Get-IHLog")), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("IH_TEST_KEY", null);
        }
    }

    [Fact]
    public async Task Follows_what_is_active_until_it_ends()
    {
        AddModel("one");
        Select("one");
        string path = Active()!.LogPath!;
        var output = new PSDataCollection<PSObject>();
        using System.Management.Automation.PowerShell shell = Session.Shell("Get-IHLog -Tail 1 -Wait");
        var first = new TaskCompletionSource();
        output.DataAdded += (_, _) => first.TrySetResult();
        IAsyncResult following = shell.BeginInvoke<PSObject, PSObject>(null, output);
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        int before = File.ReadAllLines(path).Length;

        using (var other = new OtherSession(Session))
        {
            Assert.Empty(other.Run("Stop-IHRuntime").Errors);
        }

        await Task.Factory.FromAsync(following, shell.EndInvoke).WaitAsync(TimeSpan.FromSeconds(30), Token);
        string[] log = await File.ReadAllLinesAsync(path, Token);
        Assert.True(log.Length > before);
        Assert.Equal(log[(before - 1)..], output.Select(line => line.BaseObject));
    }

    [Fact]
    public async Task Ctrl_C_ends_the_following_and_leaves_the_server_alone()
    {
        AddModel("one");
        Select("one");
        var output = new PSDataCollection<PSObject>();
        using System.Management.Automation.PowerShell shell = Session.Shell("Get-IHLog -Wait");
        var first = new TaskCompletionSource();
        output.DataAdded += (_, _) => first.TrySetResult();
        IAsyncResult following = shell.BeginInvoke<PSObject, PSObject>(null, output);
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        await Task.Run(shell.Stop, Token).WaitAsync(TimeSpan.FromSeconds(10), Token);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(following));
        Assert.Equal(RuntimeStatus.Ready, Look().Status);
    }

    [Fact]
    public void Who_wants_one_line_is_not_kept_waiting_for_the_rest()
    {
        AddModel("one");
        Select("one");

        Assert.StartsWith("# idlehands", Text("foreach ($line in 1) { Get-IHLog -Wait | ForEach-Object { $_; break } }"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_log_is_shown_whole()
    {
        Leave("one", 1);
        File.WriteAllText(Path.Combine(Logs, "one-20200101T000000-abcdef.log"), string.Concat(Enumerable.Range(0, 20_000).Select(number => $"line {number}\n")));

        Assert.Equal(Enumerable.Range(0, 20_000).Select(number => $"line {number}"), Lines("Get-IHLog"));
    }

    [Theory]
    [InlineData("Get-IHLog t", "two")]
    [InlineData("Get-IHLog o", "one")]
    [InlineData("Get-IHLog -LaunchId ", "two-20200101T000001-abcdef", "two-20200101T000000-abcdef")]
    public void Completes_models_and_what_has_logs(string text, params string[] expected)
    {
        AddModel("one");
        Leave("two", 2);

        Assert.Equal(expected, Session.Complete(text));
    }

    [Theory]
    [InlineData("Get-IHRuntime", 10)]
    [InlineData("Get-IHLog", 10)]
    [InlineData("Test-IHHealth one", 10)]
    [InlineData("Stop-IHRuntime", 10)]
    [InlineData("Select-IHModel one -DryRun", 12)]
    [InlineData("Select-IHModel one -WhatIf", 12)]
    [InlineData("Get-IHModel", 12)]
    public void Commands_that_deal_with_launches_keep_the_logs_within_bounds(string script, int kept)
    {
        AddModel("one");
        Leave("one", 12);

        Session.Get(script);

        Assert.Equal(kept, Directory.GetFiles(Logs, "*.log").Length);
    }
}

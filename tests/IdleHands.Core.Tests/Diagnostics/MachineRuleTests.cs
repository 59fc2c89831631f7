using IdleHands.Diagnostics;
using IdleHands.Hosts;
using IdleHands.Testing;
using static IdleHands.Core.Tests.Diagnostics.Examination;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>Rules that look at the files of this machine.</summary>
public sealed class MachineRuleTests : IAsyncDisposable
{
    private readonly Examination _examination = new();

    public ValueTask DisposeAsync() => _examination.DisposeAsync();

    [Fact]
    public void FilesOpenToOthers_fires_for_a_file_and_for_directories()
    {
        NeedsUnix();
        Chmod(_examination.Root, "711");
        Directory.CreateDirectory(_examination.Paths.LogDirectory);
        Chmod(_examination.Paths.ConfigurationDirectory, "755");
        Write(_examination.Paths.ConfigurationFile, "644");
        Chmod(_examination.Paths.StateDirectory, "711");
        Chmod(_examination.Paths.LogDirectory, "755");

        IReadOnlyList<DiagnosticFinding> findings = Check(DiagnosticRule.FilesOpenToOthers);

        Assert.Equal(
            [$"chmod 700 '{_examination.Paths.ConfigurationDirectory}'", $"chmod 600 '{_examination.Paths.ConfigurationFile}'", $"chmod 700 '{_examination.Paths.LogDirectory}'"],
            findings.Select(finding => finding.Recommendation));
        Assert.All(findings, finding => Assert.Equal("Warning Machine @", Brief(finding)));
        Assert.Contains("(mode 644)", findings[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FilesOpenToOthers_is_silent_for_what_others_do_not_reach()
    {
        NeedsUnix();
        Write(_examination.Paths.ConfigurationFile, "644");
        Chmod(_examination.Root, "711");
        Assert.Empty(Check(DiagnosticRule.FilesOpenToOthers));

        Chmod(_examination.Paths.ConfigurationDirectory, "755");
        Chmod(_examination.Root, "700");
        Assert.Empty(Check(DiagnosticRule.FilesOpenToOthers));

        Chmod(_examination.Root, "711");
        Chmod(_examination.Paths.ConfigurationFile, "600");
        Assert.DoesNotContain(Check(DiagnosticRule.FilesOpenToOthers), finding => finding.Message.Contains("runtimes.json", StringComparison.Ordinal));
    }

    [Fact]
    public void FilesWritableByOthers_fires_for_commands_that_anybody_may_change()
    {
        NeedsUnix();
        Chmod(_examination.Root, "711");
        Chmod(_examination.Paths.ConfigurationDirectory, "777");
        Write(_examination.Paths.ConfigurationFile, "666");

        IReadOnlyList<DiagnosticFinding> findings = Check(DiagnosticRule.FilesWritableByOthers);

        Assert.Equal(2, findings.Count);
        Assert.All(findings, finding => Assert.Equal("Error Machine @", Brief(finding)));
        Assert.Empty(Check(DiagnosticRule.FilesOpenToOthers));
    }

    [Fact]
    public void FilesWritableByOthers_is_silent_for_those_of_their_owner()
    {
        NeedsUnix();
        Chmod(_examination.Root, "711");
        Write(_examination.Paths.ConfigurationFile, "666");
        Assert.Empty(Check(DiagnosticRule.FilesWritableByOthers));
    }

    [Fact]
    public void DirectoryUnwritable_fires_where_a_file_is_in_the_way()
    {
        Directory.Delete(_examination.Paths.StateDirectory);
        File.WriteAllText(_examination.Paths.StateDirectory, string.Empty);

        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.DirectoryUnwritable));

        Assert.Equal("Error Machine @", Brief(finding));
        Assert.Contains("is no directory", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DirectoryUnwritable_is_silent_for_one_that_is_there_or_can_be_made()
    {
        Assert.Empty(Check(DiagnosticRule.DirectoryUnwritable));
        Directory.Delete(_examination.Paths.StateDirectory);
        Assert.Empty(Check(DiagnosticRule.DirectoryUnwritable));
        Assert.False(Directory.Exists(_examination.Paths.StateDirectory));
    }

    [Fact]
    public async Task What_this_user_may_write_is_told_as_the_system_does()
    {
        NeedsUnix();
        string closed = Directory.CreateDirectory(Path.Combine(_examination.Root, "closed")).FullName;
        Chmod(closed, "555");
        var told = new List<bool>();
        foreach (string directory in ((string[])[_examination.Root, closed, "/proc/sys", "/"]).Where(Directory.Exists))
        {
            bool mayWrite = (await ToolRun.RunAsync("sh", ["-c", "test -w \"$1\"", "sh", directory], cancellationToken: TestContext.Current.CancellationToken)).ExitCode == 0;
            string? problem = MachineLook.LookAtDirectory(Path.Combine(directory, "idlehands", "state")).Problem;

            Assert.Equal(mayWrite, problem is null);
            Assert.True(mayWrite || problem!.StartsWith($"'{directory}' can't be written to: ", StringComparison.Ordinal), problem);
            told.Add(mayWrite);
        }

        Assert.SkipUnless(told.Contains(false), "This user may write everywhere.");
    }

    [Theory]
    [InlineData(63L << 20, "Error")]
    [InlineData(500L << 20, "Warning")]
    public void LowDiskSpace_fires_below_a_gibibyte(long free, string severity)
    {
        DiagnosticFinding finding = Assert.Single(MachineRules.Check(new MachineLook { State = new DirectoryLook("/state", null, free) }, new ModelPlaces(RuntimeConfiguration.Empty)));

        Assert.Equal((DiagnosticRule.LowDiskSpace.Id, severity), (finding.RuleId, finding.Severity));
        Assert.Contains($"has {free >> 20} MiB left", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(null)]
    public void LowDiskSpace_is_silent_where_there_is_room_or_nobody_knows(long? free) =>
        Assert.Empty(MachineRules.Check(new MachineLook { State = new DirectoryLook("/state", null, free) }, new ModelPlaces(RuntimeConfiguration.Empty)));

    [Fact]
    public void The_room_on_a_disk_is_read() => Assert.InRange(MachineLook.LookAtDirectory(_examination.Paths.LogDirectory).FreeBytes ?? 0, 1, long.MaxValue);

    [Fact]
    public void ChatTemplateMissing_fires_where_it_is_to_be_copied()
    {
        Assert.Contains("is no regular file", Assert.Single(Check(DiagnosticRule.ChatTemplateMissing, With(Remote, Templated(_examination.Root)))).Message, StringComparison.Ordinal);

        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.ChatTemplateMissing, With(Remote, Templated("/nonexistent/t.jinja"))));

        Assert.Equal("Error Model m@", Brief(finding));
        Assert.Contains("Set-IHModel m -ChatTemplate", finding.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void ChatTemplateMissing_is_silent_for_one_that_is_there_or_is_not_copied()
    {
        Assert.Empty(Check(DiagnosticRule.ChatTemplateMissing, With(Remote, Templated(_examination.File("t.jinja")))));
        Assert.Empty(Check(DiagnosticRule.ChatTemplateMissing, With(Remote, Templated("chatml"))));
        Assert.Empty(Check(DiagnosticRule.ChatTemplateMissing, With(Here(), Templated("/nonexistent/t.jinja"))));
    }

    private static RuntimeHost Remote => Here("far") with { Transport = HostTransport.Ssh, HostName = "far.lan" };

    private RuntimeModel Templated(string template) => _examination.Model() with { ChatTemplate = template };

    private IReadOnlyList<DiagnosticFinding> Check(DiagnosticRule rule, RuntimeConfiguration? configuration = null)
    {
        var places = new ModelPlaces(configuration ?? RuntimeConfiguration.Empty);
        MachineLook look = MachineLook.Take(_examination.Paths, places.All.Select(place => place.Model.ChatTemplate).OfType<string>());
        return [.. MachineRules.Check(look, places).Where(finding => finding.RuleId == rule.Id)];
    }

    private static void NeedsUnix() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");

    private static void Write(string path, string mode)
    {
        File.WriteAllText(path, "{}");
        Chmod(path, mode);
    }

    private static void Chmod(string path, string mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        }
    }
}

using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Help;

/// <summary>
/// The examples of the help, run as they stand, on a configuration that has what they name: a workstation, hosts named
/// gpu-01 (behind a real sshd) and gpu-02, backends, models that the sample server serves, files in ~/models and /models.
/// </summary>
public sealed partial class HelpExampleTests : SelectTestBase, IClassFixture<SshHost>
{
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Commands of other modules that examples use and the hosted engine lacks. The Pester suite runs these examples.</summary>
    private static readonly string[] s_elsewhere = ["Format-List", "Get-ChildItem", "Group-Object", "Import-Clixml", "Import-Csv", "Sort-Object"];

    /// <summary>Cmdlets that are about what runs, or ran.</summary>
    private static readonly string[] s_aboutRuns = ["Get-IHHistory", "Get-IHLog", "Get-IHRuntime", "Resolve-IHEndpoint", "Stop-IHRuntime", "Wait-IHModel"];

    private static readonly XDocument s_help = XDocument.Load(Path.Combine(ModuleSession.ModuleDirectory, "en-US", "IdleHands.PowerShell.dll-Help.xml"));

    private readonly SshHost _ssh;
    private readonly string? _home = Environment.GetEnvironmentVariable("HOME");
    private ServingPath? _path;

    public HelpExampleTests(SshHost ssh) => _ssh = ssh;

    public static TheoryData<string, string> Examples()
    {
        var data = new TheoryData<string, string>();
        foreach (XElement entry in s_help.Descendants(s_command + "command"))
        {
            string cmdlet = entry.Element(s_command + "details")!.Element(s_command + "name")!.Value;
            foreach (XElement code in entry.Descendants(s_dev + "code").Where(code => !NeedsOtherModules(code.Value)))
            {
                data.Add(cmdlet, code.Value);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_runs_as_it_stands(string cmdlet, string example)
    {
        Prepare(cmdlet, example);

        Result result = example == "Initialize-IHConfiguration"
            ? Session.Answer(example, "Y", "Y")
            : await RunAsync(Translate(example), isFollowing: FollowsLog().IsMatch(example));

        Assert.Null(result.Terminated);
        Assert.True(result.Errors.Count == 0, $"{example}: {string.Join("; ", result.Errors)}");
    }

    [Fact]
    public void What_is_left_to_the_Pester_suite_needs_commands_that_only_a_whole_PowerShell_has()
    {
        string[] examples = [.. s_help.Descendants(s_dev + "code").Select(code => code.Value)];

        Assert.True(examples.Count(NeedsOtherModules) * 4 < examples.Length);
        Assert.All(s_elsewhere, command => Assert.Empty(Session.Get($"Get-Command {command} -ErrorAction Ignore")));
    }

    protected override void CleanUp()
    {
        base.CleanUp();
        Environment.SetEnvironmentVariable("HOME", _home);
        _path?.Dispose();
    }

    private static bool NeedsOtherModules(string code) => Parser.ParseInput(code, out _, out _)
        .FindAll(node => node is CommandAst, searchNestedScriptBlocks: true)
        .Any(command => s_elsewhere.Contains(((CommandAst)command).GetCommandName(), StringComparer.OrdinalIgnoreCase));

    private string Translate(string example) => example
        .Replace("~/", Session.Root + "/home/", StringComparison.Ordinal)
        .Replace(" /models/", $" {Session.Root}/models/", StringComparison.Ordinal)
        .Replace("./", Session.Root + "/", StringComparison.Ordinal);

    private void Prepare(string cmdlet, string example)
    {
        if (cmdlet is "Initialize-IHConfiguration" or "Select-IHModel")
        {
            _path = new ServingPath(Path.Combine(Session.Root, "path"));
            _path.AddLlamaServer();
            Environment.SetEnvironmentVariable("HOME", Path.Combine(Session.Root, "home"));
            Session.Get($"$PSDefaultParameterValues['Initialize-IHConfiguration:ScanPorts'] = {SampleServerProcess.FindFreePort()}");
        }

        foreach (string directory in (string[])["home/models", "models/gguf"])
        {
            Directory.CreateDirectory(Path.Combine(Session.Root, directory));
        }

        File.Copy(Weights.FilePath, Path.Combine(Session.Root, "home/models/Qwen3-4B-Q4_K_M.gguf"));
        File.Copy(Weights.FilePath, Path.Combine(Session.Root, "models/Qwen3-Coder-30B-Q4_K_M.gguf"));
        File.Copy(Weights.FilePath, Path.Combine(Session.Root, "qwen3-coder.gguf"));
        File.WriteAllText(Path.Combine(Session.Root, "run-tests.ps1"), "'ran'");
        Session.Get($$"""
            Remove-IHHost here -Confirm:$false
            Add-IHHost workstation -CheckCommand true
            Add-IHHost gpu-01 {{_ssh.Parameters}} -CheckCommand true
            Add-IHHost gpu-02 -CheckCommand true
            Add-IHBackend vulkan -VerifyCommand true
            Add-IHBackend cuda-12 -Type cuda -VerifyCommand true
            """);
        foreach (string id in (string[])["qwen3-coder-q4", "qwen3-coder", "coder", "fallback-small"])
        {
            AddModel(id);
        }

        Session.Get("Get-IHHost here* | Remove-IHHost -Confirm:$false");
        File.Copy(Session.ConfigurationFile, Path.Combine(Session.Root, "runtimes.json"));
        string backups = Path.Combine(Session.Root, "home/.config/idlehands/backups");
        Directory.CreateDirectory(backups);
        File.Copy(Session.ConfigurationFile, Path.Combine(backups, "runtimes-20261127-061500-000.json"));
        Session.Get($"Get-IHModel qwen3-coder | Export-IHConfiguration {Session.Root}/models.yaml");
        Session.Get("$ConfirmPreference = 'None'");
        if (s_aboutRuns.Contains(cmdlet))
        {
            Select("coder");
            Select("qwen3-coder");
        }

        if (example.Contains("-Status down", StringComparison.Ordinal))
        {
            Session.Get("Stop-IHRuntime");
        }

        if (Added().Match(example) is { Success: true } added)
        {
            Session.Get($"Get-IH{added.Groups[1].Value} {added.Groups[2].Value}* | Remove-IH{added.Groups[1].Value} -RemoveReferences");
        }
    }

    /// <summary>Runs it; one that follows a log ends when the server does.</summary>
    private async Task<Result> RunAsync(string script, bool isFollowing)
    {
        if (!isFollowing)
        {
            return Session.Run(script);
        }

        using System.Management.Automation.PowerShell shell = Session.Shell(script);
        var output = new PSDataCollection<PSObject>();
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        output.DataAdded += (_, _) => seen.TrySetResult();
        IAsyncResult running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        await seen.Task.WaitAsync(Token);
        Kill(Launches.Of(Session.StateDirectory).Keys.Min());
        await Task.Factory.FromAsync(running, shell.EndInvoke).WaitAsync(Token);
        return new Result([.. output], [.. shell.Streams.Error], [], [], [], [], null);
    }

    /// <summary>What an example adds by name.</summary>
    [GeneratedRegex(@"^Add-IH(\w+) ([a-z0-9-]+)")]
    private static partial Regex Added();

    [GeneratedRegex(@"Get-IHLog.* -Wait\b")]
    private static partial Regex FollowsLog();
}

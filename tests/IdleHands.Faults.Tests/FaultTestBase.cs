using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>
/// Tests that make something go wrong and then ask what must hold whatever it was: nothing of ours is left that is not
/// written down, nobody else was touched, what is written down is true, the configuration is as it was, the lock is free,
/// and one plain select puts everything right.
/// </summary>
public abstract class FaultTestBase(Bystanders bystanders, FaultHost way) : ProcessTestBase, IAsyncLifetime, IClassFixture<Bystanders>
{
    /// <summary>The model of the select that is to put things right.</summary>
    private const string Next = "after";

    // Asked before the base makes a session, which would stay: nobody disposes what was never made.
    private readonly FaultHost _way = way.OrSkip();
    private readonly List<string> _models = [];
    private byte[] _configuration = [];

    /// <summary>A directory for what commands leave, such as proofs and process ids.</summary>
    protected string Work => Path.Combine(Session.Root, "work");

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Work);
        if (_way.Parameters(Session.StateDirectory) is { Length: > 0 } parameters)
        {
            Session.Get($"Set-IHHost here {parameters}");
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Text as a literal of PowerShell.</summary>
    protected static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    /// <summary>An error that the user can act on.</summary>
    /// <param name="error">The error.</param>
    /// <param name="id">Its id.</param>
    /// <param name="category">Its category.</param>
    /// <param name="command">What the recommended action names.</param>
    protected static void AssertTells(ErrorRecord error, string id, ErrorCategory category, string command)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{id}: {error.Exception.Message}\n  {error.ErrorDetails?.RecommendedAction}");
        Assert.Equal((id, category), (ErrorId(error), error.CategoryInfo.Category));
        Assert.Contains(command, error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    /// <summary>Changes the configuration. What it holds then must be there after every fault, to the byte.</summary>
    protected void Configure(string script)
    {
        Session.Get(script);
        _configuration = File.ReadAllBytes(Session.ConfigurationFile);
    }

    /// <summary>Adds a model, whose start command writes its process id down: see <see cref="StopCommand"/>.</summary>
    protected new int AddModel(string id, string server = "", string more = "")
    {
        int port = base.AddModel(id, server, more);
        _models.Add(id);
        Configure($"Set-IHModel {id} -StartCommand ('echo $$ > {Work}/{{model_id}}.pid; exec ' + (Get-IHModel {id}).StartCommand)");
        return port;
    }

    /// <summary>Adds the model <c>before</c> and starts it, and one that works for the time after the fault.</summary>
    /// <param name="server">Further arguments of the server of <c>before</c>.</param>
    /// <param name="host">Further parameters of the host.</param>
    protected void RunBefore(string server = "", string host = "")
    {
        if (host.Length > 0)
        {
            Configure($"Set-IHHost here {host}");
        }

        AddModel(Next);
        AddModel("before", server);
        Select("before");
    }

    /// <summary>
    /// Makes ready for <c>Select-IHModel broken</c>, which fails; what is then started, <c>before</c> or the fallback
    /// <c>spare</c>, loads and loads.
    /// </summary>
    protected async Task PrepareRecoveryAsync()
    {
        string loadTime = Path.Combine(Work, "load-time");
        await File.WriteAllTextAsync(loadTime, "0", Token);
        RunBefore($"--load-time $(cat {loadTime})");
        await File.WriteAllTextAsync(loadTime, "60", Token);
        AddModel("spare", "--load-time 60");
        AddModel("broken", "--load-time 60 --crash-after 0.2", "-Fallback spare");
    }

    /// <summary>A stop command that does its work.</summary>
    protected string StopCommand => $"kill $(cat {Work}/{{model_id}}.pid)";

    /// <summary>A file that holds up, or spoils, what looks for it: see <see cref="Release"/>.</summary>
    protected string HoldFile(string name) => Path.Combine(Work, "hold-" + name);

    /// <summary>Makes such a file.</summary>
    protected void Hold(string name) => File.WriteAllText(HoldFile(name), string.Empty);

    /// <summary>Holds nothing up any more.</summary>
    protected void Release()
    {
        foreach (string file in Directory.Exists(Work) ? Directory.EnumerateFiles(Work, "hold-*") : [])
        {
            File.Delete(file);
        }
    }

    /// <summary>A command that starts a server that is not ours: in a session of its own, and without the mark of a launch.</summary>
    protected string StrangerCommand(int port, string server = "") => string.Create(
        CultureInfo.InvariantCulture,
        $"env -u IDLEHANDS_LAUNCH_ID setsid -f sh -c 'echo $$ > {Work}/stranger; exec {SampleServerProcess.ExecutablePath} -m {Weights.FilePath} --port {port} --alias stranger --lifetime 60 {server}' >/dev/null 2>&1");

    /// <summary>Waits until a file is there that a command writes, and gives what it holds.</summary>
    protected static async Task<string> WaitForFileAsync(string path)
    {
        while (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            await Task.Delay(10, Token);
        }

        return await File.ReadAllTextAsync(path, Token);
    }

    /// <summary>True while a process lives whose id a command writes into a file of <see cref="Work"/>. One that is dead and not collected yet does not.</summary>
    protected async Task<bool> RunsAsync(string name)
    {
        string id = (await WaitForFileAsync(Path.Combine(Work, name))).Trim();
        try
        {
            return !(await File.ReadAllTextAsync($"/proc/{id}/stat", Token)).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Ends a process whose id a command wrote into a file of <see cref="Work"/>; it must have lived until now.</summary>
    protected void EndRecorded(string name)
    {
        using var process = Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(Work, name)), CultureInfo.InvariantCulture));
        process.Kill();
        process.WaitForExit();
        File.Delete(Path.Combine(Work, name));
    }

    /// <summary>
    /// What must hold right after a fault, however it came: what runs of ours is what is written down and nothing else, a
    /// state that says ready answers as that model, and nobody else was touched. Gives what a look at it says.
    /// </summary>
    protected async Task<ActiveRuntime?> AssertKnownAsync(params IReadOnlyList<int> portsOfStrangers)
    {
        await bystanders.AssertUnharmedAsync();
        Assert.Equal(_configuration, await File.ReadAllBytesAsync(Session.ConfigurationFile, Token));
        ActiveRuntime? written = Active();
        var seen = (ActiveRuntime?)Session.Get("Get-IHRuntime -Verify").SingleOrDefault()?.BaseObject;
        Assert.Equal(written?.Id, seen?.Id);
        await Launches.WaitForOnlyAsync(Session.StateDirectory, written?.Launch?.LaunchId, _way.LauncherLimit, Token);
        foreach (string id in _models.Where(id => id != written?.Id && PortOf(id) != written?.Port && !portsOfStrangers.Contains(PortOf(id))))
        {
            Assert.False(IsListening(PortOf(id)), $"Model '{id}' is not written down, and something listens on its port.");
        }

        if (written?.Status == RuntimeStatus.Ready && seen?.Status != RuntimeStatus.Exited)
        {
            Assert.Equal(written.Id, await Served.ByAsync(written.Port));
        }

        return seen;
    }

    /// <summary>This model runs and answers, and nothing else of ours does; null: nothing does.</summary>
    protected async Task AssertRunsAsync(string? id, params IReadOnlyList<int> portsOfStrangers)
    {
        ActiveRuntime? seen = await AssertKnownAsync(portsOfStrangers);
        Assert.Equal(id, seen?.Id);
        if (id is not null)
        {
            Assert.True(seen!.Status == RuntimeStatus.Ready, $"{seen.Id} is {seen.Status}: {seen.Detail}");
            Assert.Equal(id, await Served.ByAsync(PortOf(id)));
            Assert.Contains(seen.Launch!.LaunchId, Launches.Of(Session.StateDirectory).Values);
        }
    }

    /// <summary>The lock is free, and one plain select of a good model brings it up and leaves nothing else.</summary>
    protected async Task AssertOneSelectPutsItRightAsync(params IReadOnlyList<int> portsOfStrangers)
    {
        SelectResult result = Select($"{Next} -LockTimeoutSec 0");
        Assert.Equal((SelectStatus.Started, Next), (result.Status, result.ActiveId));
        await AssertRunsAsync(Next, portsOfStrangers);
        Assert.DoesNotContain(Directory.EnumerateFiles(Session.StateDirectory), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    /// <summary>After a fault this model runs and answers (null: none), nothing else does, and one select goes on from there.</summary>
    protected async Task AssertEndsWithAsync(string? running, params IReadOnlyList<int> portsOfStrangers)
    {
        await AssertRunsAsync(running, portsOfStrangers);
        await AssertOneSelectPutsItRightAsync(portsOfStrangers);
    }

    /// <inheritdoc />
    protected override void CleanUp()
    {
        Release();
        base.CleanUp();
    }
}

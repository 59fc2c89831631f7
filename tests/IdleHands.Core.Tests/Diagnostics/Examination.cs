using System.Globalization;
using IdleHands.Configuration;
using IdleHands.Diagnostics;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>A configuration to examine, with directories of its own and real ways to its hosts.</summary>
internal sealed class Examination : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("ih doctor ");
    private readonly HostConnections _hosts;

    public Examination()
    {
        _hosts = new HostConnections(Path.Combine(Root, "state/logs"), Secrets);
        Paths = IdleHandsPaths.FromEnvironment(
            name => name switch
            {
                "IDLEHANDS_CONFIG_DIR" => Path.Combine(Root, "config"),
                "IDLEHANDS_STATE_DIR" => Path.Combine(Root, "state"),
                _ => null,
            },
            Root,
            OperatingSystem.IsWindows());
        PrivateFiles.CreateDirectory(Paths.ConfigurationDirectory);
        PrivateFiles.CreateDirectory(Paths.StateDirectory);
    }

    public string Root => _root.FullName;

    public IdleHandsPaths Paths { get; }

    public SecretResolver Secrets { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ActiveRuntime? Active { get; init; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A file of weights that is there.</summary>
    public string File(string name = "m.gguf")
    {
        string path = Path.Combine(Root, name);
        System.IO.File.WriteAllText(path, "weights");
        return path;
    }

    /// <summary>This machine.</summary>
    public static RuntimeHost Here(string id = "here") => new() { Id = id, DisplayName = id, Shell = "sh" };

    /// <summary>This machine behind a command prefix, which leaves it an environment of its own: what is elsewhere is looked at by scripts alone.</summary>
    public RuntimeHost Box(string path = "/usr/bin:/bin", params string[] environment) => Here("box") with
    {
        Transport = HostTransport.Exec,
        ExecPrefix = new NameList(["env", "-i", $"HOME={Root}", $"PATH={path}", .. environment]),
    };

    /// <summary>A model that could be started: its file is there, its program is, and nobody has its port.</summary>
    public RuntimeModel Model(string id = "m") => new()
    {
        Id = id,
        DisplayName = id,
        Source = File(),
        StartCommand = "sleep {port}",
        Port = SampleServerProcess.FindFreePort(),
    };

    public static RuntimeBackend Backend(string id = "b") => new() { Id = id, DisplayName = id, Type = "cpu" };

    public static RuntimeConfiguration With(RuntimeHost host, params RuntimeModel[] models) => new() { Hosts = [host], Models = models };

    /// <summary>The findings of one rule, each as "Severity Resource id: message".</summary>
    public async Task<IReadOnlyList<DiagnosticFinding>> FindAsync(DiagnosticRule? rule, RuntimeConfiguration configuration, DiagnosticOptions? options = null)
    {
        var findings = new List<DiagnosticFinding>();
        await foreach (DiagnosticFinding finding in Doctor(configuration, options).ExamineAsync(Token))
        {
            findings.Add(finding);
        }

        return [.. findings.Where(finding => rule is null || finding.RuleId == rule.Id)];
    }

    /// <summary>The one finding of a rule.</summary>
    public async Task<DiagnosticFinding> FindOneAsync(DiagnosticRule rule, RuntimeConfiguration configuration, DiagnosticOptions? options = null)
    {
        DiagnosticFinding finding = Assert.Single(await FindAsync(rule, configuration, options));
        Assert.All([finding.Message, finding.Reason, finding.Recommendation], text => Assert.False(string.IsNullOrWhiteSpace(text)));
        return finding;
    }

    public Doctor Doctor(RuntimeConfiguration configuration, DiagnosticOptions? options = null, Func<RuntimeHost, IHostConnection>? connect = null) =>
        new(configuration, Paths, Active, connect ?? _hosts.Open, options ?? new DiagnosticOptions(), Secrets, Time);

    /// <summary>What a finding is about and how grave it is.</summary>
    public static string Brief(DiagnosticFinding finding) =>
        string.Create(CultureInfo.InvariantCulture, $"{finding.Severity} {finding.Resource} {finding.Id}@{finding.HostId}");

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        _root.Delete(recursive: true);
    }
}

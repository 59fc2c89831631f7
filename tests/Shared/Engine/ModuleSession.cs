using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Text.RegularExpressions;

namespace IdleHands.Testing;

/// <summary>
/// A PowerShell session with the staged module, whose configuration and state are in a directory of its own. The
/// directory is named in the environment, so one process has one session at a time.
/// </summary>
public sealed partial class ModuleSession : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("idlehands-tests-");
    private readonly CapturingHost _host = new();
    private readonly Runspace _runspace;

    public ModuleSession()
    {
        Environment.SetEnvironmentVariable("IDLEHANDS_CONFIG_DIR", ConfigurationDirectory);
        Environment.SetEnvironmentVariable("IDLEHANDS_STATE_DIR", StateDirectory);
        var initial = InitialSessionState.CreateDefault2();
        initial.ImportPSModule([ManifestPath]);
        initial.ThrowOnRunspaceOpenError = true;
        _runspace = RunspaceFactory.CreateRunspace(_host, initial);
        try
        {
            _runspace.Open();
        }
        catch
        {
            // A module that doesn't load fails here, once, and nobody disposes what was never made.
            Dispose();
            throw;
        }
    }

    public static string ModuleDirectory { get; } = Metadata("StagedModule");

    public static string ManifestPath => Path.Combine(ModuleDirectory, "IdleHands.psd1");

    public Runspace Runspace => _runspace;

    public string Root => _root.FullName;

    public string ConfigurationDirectory => Path.Combine(_root.FullName, "config");

    public string ConfigurationFile => Path.Combine(ConfigurationDirectory, "runtimes.json");

    public string StateDirectory => Path.Combine(_root.FullName, "state");

    public string StateFile => Path.Combine(StateDirectory, "runtime-active.json");

    /// <summary>What was written to the console by hand, where <c>-WhatIf</c> speaks too.</summary>
    public IReadOnlyList<string> HostLines => _host.Lines;

    public IReadOnlyList<string> HostWarnings => _host.Warnings;

    /// <summary>Runs a script whose choices are answered by these letters; null interrupts.</summary>
    public Result Answer(string script, params string?[] answers)
    {
        _host.Clear();
        _host.Answers.Clear();
        foreach (string? answer in answers)
        {
            _host.Answers.Enqueue(answer);
        }

        using System.Management.Automation.PowerShell shell = Shell(script);
        _host.Interrupt = () => shell.BeginStop(null, null);
        Result result = Run(shell);
        Assert.Empty(_host.Answers);
        return result;
    }

    public static string Metadata(string key) =>
        typeof(ModuleSession).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;

    /// <summary>Runs a script to its end.</summary>
    public Result Run(string script, params object?[] input)
    {
        using System.Management.Automation.PowerShell shell = Shell(script);
        return Run(shell, input);
    }

    /// <summary>Runs a pipeline to its end.</summary>
    public static Result Run(System.Management.Automation.PowerShell shell, params object?[] input)
    {
        Exception? terminated = null;
        var output = new PSDataCollection<PSObject>();
        try
        {
            shell.Invoke(input, output);
        }
        catch (RuntimeException exception)
        {
            terminated = exception;
        }

        return new Result(
            [.. output],
            [.. shell.Streams.Error],
            [.. shell.Streams.Warning.Select(record => record.Message)],
            [.. shell.Streams.Verbose.Select(record => record.Message)],
            [.. shell.Streams.Debug.Select(record => record.Message)],
            [.. shell.Streams.Progress],
            terminated);
    }

    /// <summary>Runs a script that must not fail.</summary>
    public IReadOnlyList<PSObject> Get(string script, params object?[] input)
    {
        Result result = Run(script, input);
        Assert.Null(result.Terminated);
        Assert.Empty(result.Errors);
        return result.Output;
    }

    /// <summary>What a script shows in a console of 100 columns.</summary>
    public string Show(string script, params object?[] input)
    {
        _host.Clear();
        Assert.Null(Run(script + " | Out-Default", input).Terminated);
        return string.Join('\n', _host.Lines.Select(line => Color().Replace(line, string.Empty).TrimEnd())).Trim('\n');
    }

    /// <summary>What the tab key offers at the end of a text.</summary>
    public IReadOnlyList<string> Complete(string text)
    {
        using var shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = _runspace;
        CommandCompletion completion = CommandCompletion.CompleteInput(text, text.Length, null, shell);
        return [.. completion.CompletionMatches.Select(match => match.CompletionText)];
    }

    /// <summary>Writes the configuration file as it is.</summary>
    public void WriteConfiguration(string json)
    {
        Directory.CreateDirectory(ConfigurationDirectory);
        File.WriteAllText(ConfigurationFile, json);
    }

    /// <summary>Writes the state file as it is.</summary>
    public void WriteState(string json)
    {
        Directory.CreateDirectory(StateDirectory);
        File.WriteAllText(StateFile, json);
    }

    public string ReadConfiguration() => File.ReadAllText(ConfigurationFile);

    public System.Management.Automation.PowerShell Shell(string script)
    {
        var shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript(script);
        return shell;
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Color();

    public void Dispose()
    {
        _runspace.Dispose();
        Environment.SetEnvironmentVariable("IDLEHANDS_CONFIG_DIR", null);
        Environment.SetEnvironmentVariable("IDLEHANDS_STATE_DIR", null);
        _root.Delete(recursive: true);
    }
}

/// <summary>What a script left on each stream.</summary>
public sealed record Result(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<string> Debug,
    IReadOnlyList<ProgressRecord> Progress,
    Exception? Terminated)
{
    /// <summary>The one error there must be.</summary>
    public ErrorRecord Error => Assert.Single(Errors);
}

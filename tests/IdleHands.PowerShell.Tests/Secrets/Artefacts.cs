using System.Globalization;
using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Secrets;

/// <summary>
/// Everything that commands leave behind: streams, errors with their causes, objects as they show and as a job or an
/// export carries them, files, and the command lines of processes. A launch's own log is left out: the server wrote it.
/// </summary>
internal sealed class Artefacts(ModuleSession session)
{
    private const int Depth = 5;
    private readonly List<(string Where, string Text)> _all = [];

    /// <summary>Runs a script with all its streams on, and keeps what it leaves.</summary>
    public Result Run(string script)
    {
        using System.Management.Automation.PowerShell shell = session.Shell("$DebugPreference = $InformationPreference = 'Continue'; " + script);
        Result result = ModuleSession.Run(shell);
        foreach (PSObject item in result.Output)
        {
            Keep($"output of {script}", PSSerializer.Serialize(item, Depth));
            Keep($"output of {script}", item.ToString());
            foreach (PSPropertyInfo property in item.Properties)
            {
                Keep($"{property.Name} of {script}", property.Value?.ToString());
            }
        }

        foreach (ErrorRecord error in result.Errors)
        {
            KeepError($"error of {script}", error);
        }

        foreach (ProgressRecord shown in result.Progress)
        {
            Keep($"progress of {script}", $"{shown.Activity}\n{shown.StatusDescription}\n{shown.CurrentOperation}");
        }

        foreach (string line in (IEnumerable<string>)[.. result.Warnings, .. result.Verbose, .. result.Debug, .. shell.Streams.Information.Select(record => record.ToString())])
        {
            Keep($"stream of {script}", line);
        }

        return result;
    }

    /// <summary>Keeps the command line of every process there is now.</summary>
    public int KeepCommandLines()
    {
        int count = 0;
        foreach (string directory in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                Keep("command line", File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' '));
                count++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        return count;
    }

    /// <summary>Keeps every file of the configuration and the state, and what is left in the session.</summary>
    public int KeepWhatIsLeft()
    {
        int count = 0;
        foreach (string file in Directory.EnumerateFiles(session.ConfigurationDirectory, "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(session.StateDirectory, "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) != ".log"))
        {
            Keep(file, File.ReadAllText(file));
            count++;
        }

        foreach (ErrorRecord error in session.Get("$global:Error").Select(item => item.BaseObject).OfType<ErrorRecord>())
        {
            KeepError("$Error", error);
        }

        foreach (PSObject item in session.Get("Get-History; $ExecutionContext.SessionState.InvokeProvider.Item.Get('variable:*') | ForEach-Object Value"))
        {
            Keep("history and variables", item?.ToString());
        }

        foreach (string line in session.HostLines.Concat(session.HostWarnings))
        {
            Keep("host", line);
        }

        return count;
    }

    /// <summary>Where a text is found.</summary>
    public IReadOnlyList<string> Find(string text) =>
        [.. _all.Where(artefact => artefact.Text.Contains(text, StringComparison.OrdinalIgnoreCase)).Select(artefact => $"{artefact.Where}: {artefact.Text}")];

    private void KeepError(string where, ErrorRecord error)
    {
        Keep(where, error.ToString());
        Keep(where, $"{error.ErrorDetails?.Message}\n{error.ErrorDetails?.RecommendedAction}\n{error.TargetObject}\n{error.CategoryInfo}\n{error.FullyQualifiedErrorId}");
        Keep(where, error.Exception.ToString());
        Keep(where, PSSerializer.Serialize(error, Depth));
    }

    private void Keep(string where, string? text) => _all.Add((where, text ?? string.Empty));
}

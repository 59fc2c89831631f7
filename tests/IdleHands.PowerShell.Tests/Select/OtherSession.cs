using System.Management.Automation.Runspaces;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>A second console on the directories of a session, as a user opens one while the first is busy.</summary>
internal sealed class OtherSession : IDisposable
{
    private readonly ModuleSession _first;
    private readonly Runspace _runspace;

    public OtherSession(ModuleSession first)
    {
        _first = first;
        var initial = InitialSessionState.CreateDefault2();
        initial.ImportPSModule([ModuleSession.ManifestPath]);
        initial.ThrowOnRunspaceOpenError = true;
        _runspace = RunspaceFactory.CreateRunspace(new CapturingHost(), initial);
        _runspace.Open();
    }

    public System.Management.Automation.PowerShell Shell(string script)
    {
        System.Management.Automation.PowerShell shell = _first.Shell(script);
        shell.Runspace = _runspace;
        return shell;
    }

    public Result Run(string script)
    {
        using System.Management.Automation.PowerShell shell = Shell(script);
        return ModuleSession.Run(shell);
    }

    public void Dispose() => _runspace.Dispose();
}

using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Secrets;

/// <summary>A module that stands in for Microsoft.PowerShell.SecretManagement, found by its name like the real one.</summary>
internal sealed class StandInVaults : IDisposable
{
    internal const string Module = "Microsoft.PowerShell.SecretManagement";
    private const string PathVariable = "PSModulePath";
    private readonly string? _modulePath = Environment.GetEnvironmentVariable(PathVariable);
    private readonly string _directory;

    /// <summary>Installs it.</summary>
    /// <param name="root">The directory to install it in.</param>
    /// <param name="vaults">PowerShell that sets <c>$vaults</c> and <c>$behaviours</c>.</param>
    public StandInVaults(string root, string vaults)
    {
        string modules = Path.Combine(root, "modules");
        _directory = Directory.CreateDirectory(Path.Combine(modules, Module)).FullName;
        foreach (string file in Directory.EnumerateFiles(ModuleSession.Metadata("StandInVaults"), Module + ".*"))
        {
            File.Copy(file, Path.Combine(_directory, Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(_directory, "vaults.ps1"), vaults);
        Environment.SetEnvironmentVariable(PathVariable, modules + Path.PathSeparator + _modulePath);
    }

    /// <summary>Each call of one of its commands: the command, and what it was asked for.</summary>
    public IReadOnlyList<string> Calls => File.Exists(CallsFile) ? File.ReadAllLines(CallsFile) : [];

    private string CallsFile => Path.Combine(_directory, "calls.txt");

    /// <summary>Waits until a command of it hangs.</summary>
    public async Task WaitUntilItHangsAsync(CancellationToken cancellationToken)
    {
        while (!Calls.Contains("hanging"))
        {
            await Task.Delay(10, cancellationToken);
        }
    }

    public void Dispose() => Environment.SetEnvironmentVariable(PathVariable, _modulePath);
}

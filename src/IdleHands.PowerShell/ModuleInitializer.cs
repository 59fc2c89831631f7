using System.Management.Automation;
using System.Runtime.Loader;

namespace IdleHands.PowerShell;

/// <summary>
/// Called by PowerShell when the module is imported or removed. An import loads nothing and looks at nothing; it only
/// says where the YAML reader is found, should it ever be needed.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static AssemblyLoadContext OwnContext => AssemblyLoadContext.GetLoadContext(typeof(ModuleInitializer).Assembly)!;

    /// <summary>Hooks the resolution of assemblies, once for each session that imports the module.</summary>
    public void OnImport() => OwnContext.Resolving += YamlAssemblies.Resolve;

    /// <summary>Takes one hook away.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo) => OwnContext.Resolving -= YamlAssemblies.Resolve;
}

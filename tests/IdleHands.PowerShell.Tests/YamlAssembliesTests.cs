using System.Reflection;
using System.Runtime.Loader;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests;

/// <summary>Other modules bring a YAML library of another version; neither must get the other's.</summary>
public sealed class YamlAssembliesTests : ModuleTests
{
    [Fact]
    public void YAML_is_imported_beside_another_version_of_the_library_which_stays_in_use()
    {
        Assembly other = AssemblyLoadContext.Default.LoadFromAssemblyPath(ModuleSession.Metadata("OtherYamlDotNet"));
        string file = Path.Combine(Session.Root, "a.yaml");
        File.WriteAllText(file, "schema_version: 1\nhosts:\n  - {id: here, display_name: Here, enabled: true}\n");

        Session.Get($"Import-IHConfiguration '{file}'");

        Assert.Equal(["here"], Ids("Get-IHHost"));
        Assert.Same(other, AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName("YamlDotNet")));
        Assert.Equal([13], VersionsIn(AssemblyLoadContext.Default));
        Assert.Equal([18], VersionsIn(AssemblyLoadContext.All.Single(context => context.Name == "IdleHands.Yaml")));
        Assert.DoesNotContain(AssemblyLoadContext.Default.Assemblies, assembly => assembly.GetName().Name == "IdleHands.Yaml");
    }

    [Fact]
    public void The_library_is_staged_apart_and_nothing_shows_its_types()
    {
        Assert.True(File.Exists(Path.Combine(ModuleSession.ModuleDirectory, "deps", "IdleHands.Yaml.dll")));
        Assert.True(File.Exists(Path.Combine(ModuleSession.ModuleDirectory, "deps", "YamlDotNet.dll")));
        Assert.False(File.Exists(Path.Combine(ModuleSession.ModuleDirectory, "YamlDotNet.dll")));
        Assert.DoesNotContain(typeof(AsyncPSCmdlet).Assembly.GetReferencedAssemblies(), name => name.Name == "YamlDotNet");
        Assert.Equal(
            File.ReadAllText(Path.Combine(ModuleSession.ModuleDirectory, "runtimes.schema.json")),
            IdleHands.Configuration.ConfigurationSchema.Write());
    }

    private static IEnumerable<int> VersionsIn(AssemblyLoadContext context) =>
        context.Assemblies.Where(assembly => assembly.GetName().Name == "YamlDotNet").Select(assembly => assembly.GetName().Version!.Major);
}

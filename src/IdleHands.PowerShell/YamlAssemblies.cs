using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using IdleHands.Configuration.Exchange;
using IdleHands.PowerShell.Errors;
using IdleHands.Yaml;

namespace IdleHands.PowerShell;

/// <summary>
/// The YAML reader and its library, in a load context of their own: many modules bring a YamlDotNet of another version,
/// and one context holds one of them.
/// </summary>
internal static class YamlAssemblies
{
    private const string Reader = "IdleHands.Yaml";

    private static readonly Lazy<YamlContext> s_context = new(() => new YamlContext());

    /// <summary>Reads YAML; loads the reader when it is first needed.</summary>
    /// <exception cref="SourceException">The text is not YAML, or more than data.</exception>
    /// <exception cref="IdleHandsException"><c>YamlUnavailable</c>.</exception>
    internal static SourceNode Read(string text)
    {
        try
        {
            return ReadLoaded(text);
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or TypeLoadException or MissingMethodException)
        {
            throw Failures.NoYaml(exception);
        }
    }

    /// <summary>Finds the reader for the context that the module lives in, which doesn't know the folder.</summary>
    internal static Assembly? Resolve(AssemblyLoadContext _, AssemblyName name) =>
        name.Name == Reader ? s_context.Value.LoadFromAssemblyName(name) : null;

    // Apart, because the reader is loaded when the method that names it is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SourceNode ReadLoaded(string text) => YamlReader.Read(text);

    private sealed class YamlContext() : AssemblyLoadContext(Reader)
    {
        private static readonly string s_directory = Path.Combine(Path.GetDirectoryName(typeof(YamlAssemblies).Assembly.Location)!, "deps");

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            // The types that both sides share.
            if (assemblyName.Name == typeof(RuntimeHost).Assembly.GetName().Name)
            {
                return typeof(RuntimeHost).Assembly;
            }

            string path = Path.Combine(s_directory, assemblyName.Name + ".dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}

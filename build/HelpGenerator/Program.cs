using IdleHands.Configuration;

namespace IdleHands.HelpGenerator;

/// <summary>Entry point; errors have the form that MSBuild shows as errors of the build.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is ["schema", var schema])
        {
            File.WriteAllText(schema, ConfigurationSchema.Write());
            return 0;
        }

        if (Options.Parse(args) is not { } options)
        {
            Console.Error.WriteLine(Options.Usage);
            return 2;
        }

        IReadOnlyList<string> problems = Run(options);
        foreach (string problem in problems)
        {
            Console.Error.WriteLine($"HelpGenerator : error IHHELP : {problem}");
        }

        return problems.Count == 0 ? 0 : 1;
    }

    /// <summary>Writes or compares; gives what is wrong, nothing when all is well.</summary>
    internal static IReadOnlyList<string> Run(Options options)
    {
        (IReadOnlyList<CmdletHelp> cmdlets, IReadOnlyList<string> problems) =
            CmdletReader.Read(options.Assembly, options.Documentation, File.ReadAllLines(options.References));
        if (problems.Count > 0)
        {
            return problems;
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        if (options.Maml is not null)
        {
            files[options.Maml] = MamlWriter.Write(cmdlets);
        }

        if (options.Pages is not null)
        {
            foreach ((string name, string text) in MarkdownWriter.Write(cmdlets))
            {
                files[Path.Combine(options.Pages, name)] = text;
            }
        }

        return options.Check ? Compare(files, options.Pages) : Write(files, options.Pages);
    }

    private static IReadOnlyList<string> Write(Dictionary<string, string> files, string? pages)
    {
        foreach ((string path, string text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllText(path, text);
        }

        foreach (string path in Strangers(files, pages))
        {
            File.Delete(path);
        }

        return [];
    }

    private static List<string> Compare(Dictionary<string, string> files, string? pages)
    {
        const string Advice = "run: dotnet build src/IdleHands.PowerShell -t:UpdateHelpPages";
        IEnumerable<string> missing = files.Keys.Where(path => !File.Exists(path))
            .Select(path => $"{path} is missing; {Advice}");
        IEnumerable<string> changed = files.Where(file => File.Exists(file.Key) && File.ReadAllText(file.Key).ReplaceLineEndings("\n") != file.Value)
            .Select(file => $"{file.Key} is not what the code says; {Advice}");
        IEnumerable<string> strangers = Strangers(files, pages).Select(path => $"{path} belongs to no cmdlet; {Advice}");
        return [.. missing, .. changed, .. strangers];
    }

    /// <summary>Pages that no cmdlet has (any more).</summary>
    private static IEnumerable<string> Strangers(Dictionary<string, string> files, string? pages) =>
        pages is not null && Directory.Exists(pages)
            ? Directory.GetFiles(pages, "*.md").Where(path => !files.ContainsKey(path))
            : [];
}

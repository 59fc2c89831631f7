using System.Reflection;
using System.Xml.Linq;

namespace IdleHands.HelpGenerator;

/// <summary>
/// Reads the cmdlets of a compiled assembly, without running any of it, and joins what the compiler knows of them with
/// their documentation. What lacks documentation is collected, all of it, not the first.
/// </summary>
internal sealed class CmdletReader
{
    private const string Automation = "System.Management.Automation.";
    private readonly Dictionary<string, string> _userNames = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private readonly XmlDocumentation _documentation;
    private readonly List<(Type Type, CustomAttributeData Cmdlet)> _cmdlets;

    private CmdletReader(Assembly assembly, string documentationPath)
    {
        _documentation = new XmlDocumentation(documentationPath, id => _userNames.GetValueOrDefault(id));
        _cmdlets = assembly.GetTypes()
            .Where(type => type is { IsPublic: true, IsAbstract: false })
            .Select(type => (Type: type, Cmdlet: type.FindAttribute(Automation + "CmdletAttribute")!))
            .Where(pair => pair.Cmdlet is not null)
            .OrderBy(pair => NameOf(pair.Cmdlet), StringComparer.Ordinal)
            .ToList();
        foreach ((Type type, CustomAttributeData cmdlet) in _cmdlets)
        {
            _userNames["T:" + type.FullName] = NameOf(cmdlet);
            foreach (PropertyInfo property in type.ParameterProperties())
            {
                _userNames[property.DocumentationId()] = "-" + property.Name;
            }
        }
    }

    /// <summary>Reads all cmdlets, in the order of their names.</summary>
    /// <param name="assemblyPath">The module's assembly.</param>
    /// <param name="documentationPath">Its XML documentation.</param>
    /// <param name="references">Assemblies that it was compiled against.</param>
    public static (IReadOnlyList<CmdletHelp> Cmdlets, IReadOnlyList<string> Problems) Read(
        string assemblyPath, string documentationPath, IEnumerable<string> references)
    {
        using var context = new MetadataLoadContext(new PathAssemblyResolver([.. references, assemblyPath]));
        var reader = new CmdletReader(context.LoadFromAssemblyPath(assemblyPath), documentationPath);
        List<CmdletHelp> cmdlets = reader._cmdlets.Select(pair => reader.Read(pair.Type, pair.Cmdlet)).ToList();
        return (cmdlets, reader._problems);
    }

    private static string NameOf(CustomAttributeData cmdlet) =>
        $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}";

    private CmdletHelp Read(Type type, CustomAttributeData cmdlet)
    {
        string name = NameOf(cmdlet);
        XElement? documentation = _documentation.Find(type.WithBases().Select(each => each.DocumentationId()));
        string synopsis = _documentation.Line(documentation?.Element("summary"));
        List<ExampleHelp> examples = documentation?.Elements("example").Select(ReadExample).ToList() ?? [];
        Require(synopsis.Length > 0, $"{name} has no <summary> ({type.FullName}).");
        Require(examples.Count > 0, $"{name} has no <example> ({type.FullName}).");

        List<ParameterUse> uses = type.ParameterProperties().SelectMany(property => ReadParameter(name, property)).ToList();
        if (cmdlet.Named<bool>("SupportsShouldProcess"))
        {
            uses.AddRange(ShouldProcessParameters());
        }

        return new CmdletHelp
        {
            Name = name,
            Synopsis = synopsis,
            Description = _documentation.Blocks(documentation?.Element("remarks")),
            ParameterSets = GroupBySet(uses, cmdlet.Named<string>("DefaultParameterSetName")),
            Parameters = uses.Select(use => use.Parameter).DistinctBy(parameter => parameter.Name)
                .OrderBy(parameter => parameter.Name, StringComparer.Ordinal).ToList(),
            OutputTypes = ReadOutputTypes(type),
            Examples = examples,
            Links = documentation?.Elements("seealso").Select(ReadLink).ToList() ?? [],
        };
    }

    private IEnumerable<ParameterUse> ReadParameter(string cmdlet, PropertyInfo property)
    {
        XElement? documentation = _documentation.Find(property.WithBases().Select(each => each.DocumentationId()));
        IReadOnlyList<HelpBlock> description = _documentation.Blocks(documentation?.Element("summary"));
        Require(description.Count > 0, $"{cmdlet} -{property.Name} has no <summary> ({property.DocumentationId()}).");
        Type type = property.PropertyType;
        var parameter = new ParameterHelp
        {
            Name = property.Name,
            TypeName = type.PowerShellName(),
            TypeFullName = type.PlainFullName(),
            IsSwitch = type.FullName == Automation + "SwitchParameter",
            Description = description,
            Aliases = property.FindAttribute(Automation + "AliasAttribute")?.Strings() ?? [],
            AcceptedValues = property.FindAttribute(Automation + "ValidateSetAttribute")?.Strings() ?? type.EnumWords(),
            DefaultValue = property.FindAttribute(Automation + "PSDefaultValueAttribute")?.Named<string>("Help"),
            Wildcards = property.FindAttribute(Automation + "SupportsWildcardsAttribute") is not null,
        };
        return property.Attributes(Automation + "ParameterAttribute").Where(each => !each.Named<bool>("DontShow")).Select(each => new ParameterUse
        {
            SetName = each.Named<string>("ParameterSetName") is { Length: > 0 } set && set != "__AllParameterSets" ? set : null,
            Parameter = parameter,
            Mandatory = each.Named<bool>("Mandatory"),
            Position = each.Has("Position") && each.Named<int>("Position") >= 0 ? each.Named<int>("Position") : null,
            ByValue = each.Named<bool>("ValueFromPipeline"),
            ByPropertyName = each.Named<bool>("ValueFromPipelineByPropertyName"),
            FromRemaining = each.Named<bool>("ValueFromRemainingArguments"),
        });
    }

    private static IEnumerable<ParameterUse> ShouldProcessParameters()
    {
        (string Name, string Alias, string Text)[] both =
        [
            ("Confirm", "cf", "Asks before each change."),
            ("WhatIf", "wi", "Says what would be changed and changes nothing."),
        ];
        return both.Select(each => new ParameterUse
        {
            SetName = null,
            Parameter = new ParameterHelp
            {
                Name = each.Name,
                TypeName = "switch",
                TypeFullName = Automation + "SwitchParameter",
                IsSwitch = true,
                Description = [new HelpBlock(HelpBlockKind.Paragraph, each.Text, each.Text)],
                Aliases = [each.Alias],
            },
        });
    }

    private static List<ParameterSetHelp> GroupBySet(List<ParameterUse> uses, string? defaultSet)
    {
        string?[] names = uses.Select(use => use.SetName).Where(name => name is not null).Distinct().ToArray();
        if (names.Length == 0)
        {
            names = [null];
        }

        return names
            .Select(name => new ParameterSetHelp(
                name ?? "__AllParameterSets",
                name == defaultSet || names.Length == 1,
                InSyntaxOrder(uses.Where(use => use.SetName is null || use.SetName == name))))
            .OrderByDescending(set => set.IsDefault)
            .ThenBy(set => set.Name, StringComparer.Ordinal)
            .ToList();
    }

    private static List<ParameterUse> InSyntaxOrder(IEnumerable<ParameterUse> uses) => uses
        .OrderBy(use => use.Position ?? int.MaxValue)
        .ThenByDescending(use => use.Mandatory)
        .ThenBy(use => use.Parameter.Name is "WhatIf" or "Confirm")
        .ThenBy(use => use.Parameter.Name, StringComparer.Ordinal)
        .ToList();

    private static List<string> ReadOutputTypes(Type type) => type.WithBases()
        .SelectMany(each => each.Attributes(Automation + "OutputTypeAttribute"))
        .SelectMany(attribute => attribute.Values())
        .Select(value => value is Type output ? output.PlainFullName() : value?.ToString() ?? string.Empty)
        .Where(name => name.Length > 0)
        .Distinct()
        .ToList();

    private ExampleHelp ReadExample(XElement example)
    {
        XElement? code = example.Element("code");
        var remarks = new XElement("remarks", example.Nodes().Where(node => node != code));
        return new ExampleHelp(code is null ? string.Empty : XmlDocumentation.Code(code), _documentation.Blocks(remarks));
    }

    private LinkHelp ReadLink(XElement link)
    {
        if (link.Attribute("cref")?.Value is { } id)
        {
            return new LinkHelp(_documentation.NameOf(id), null, IsCmdlet: _userNames.ContainsKey(id));
        }

        string? address = link.Attribute("href")?.Value;
        return new LinkHelp(link.Value.Trim() is { Length: > 0 } text ? text : address ?? string.Empty, address, IsCmdlet: false);
    }

    private void Require(bool condition, string problem)
    {
        if (!condition)
        {
            _problems.Add(problem);
        }
    }
}

using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace IdleHands.HelpGenerator;

/// <summary>Writes the XML that <c>Get-Help</c> reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace s_items = "http://msh";
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static string Write(IReadOnlyList<CmdletHelp> cmdlets)
    {
        var root = new XElement(s_items + "helpItems", new XAttribute("schema", "maml"), cmdlets.Select(Command));
        var settings = new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) };
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, settings))
        {
            root.Save(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static XElement Command(CmdletHelp cmdlet)
    {
        string[] name = cmdlet.Name.Split('-', 2);
        return new XElement(
            s_command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", s_maml),
            new XAttribute(XNamespace.Xmlns + "command", s_command),
            new XAttribute(XNamespace.Xmlns + "dev", s_dev),
            new XElement(
                s_command + "details",
                new XElement(s_command + "name", cmdlet.Name),
                new XElement(s_command + "verb", name[0]),
                new XElement(s_command + "noun", name[1]),
                new XElement(s_maml + "description", Paragraph(cmdlet.Synopsis))),
            new XElement(s_maml + "description", Paragraphs(cmdlet.Description.Count > 0 ? cmdlet.Description : [new(HelpBlockKind.Paragraph, cmdlet.Synopsis, cmdlet.Synopsis)])),
            new XElement(s_command + "syntax", cmdlet.ParameterSets.Select(set => new XElement(
                s_command + "syntaxItem",
                new XElement(s_maml + "name", cmdlet.Name),
                set.Parameters.Select(use => Parameter(use, inSyntax: true))))),
            new XElement(s_command + "parameters", cmdlet.Parameters.Select(parameter => Parameter(WidestUse(cmdlet, parameter), inSyntax: false))),
            new XElement(s_command + "inputTypes", InputTypes(cmdlet).Select(type => TypeEntry("inputType", type))),
            new XElement(s_command + "returnValues", cmdlet.OutputTypes.Select(type => TypeEntry("returnValue", type))),
            new XElement(s_command + "examples", cmdlet.Examples.Select(Example)),
            new XElement(s_command + "relatedLinks", cmdlet.Links.Select(Link)));
    }

    /// <summary>Of a parameter that sets bind differently: mandatory, positional and pipeline input where any set says so.</summary>
    private static ParameterUse WidestUse(CmdletHelp cmdlet, ParameterHelp parameter)
    {
        List<ParameterUse> uses = cmdlet.ParameterSets.SelectMany(set => set.Parameters).Where(use => use.Parameter.Name == parameter.Name).ToList();
        return new ParameterUse
        {
            SetName = null,
            Parameter = parameter,
            Mandatory = uses.All(use => use.Mandatory),
            Position = uses.Select(use => use.Position).Min(),
            ByValue = uses.Any(use => use.ByValue),
            ByPropertyName = uses.Any(use => use.ByPropertyName),
            FromRemaining = uses.Any(use => use.FromRemaining),
        };
    }

    private static XElement Parameter(ParameterUse use, bool inSyntax)
    {
        ParameterHelp parameter = use.Parameter;
        return new XElement(
            s_command + "parameter",
            new XAttribute("required", Word(use.Mandatory)),
            new XAttribute("variableLength", Word(parameter.TypeName.EndsWith("[]", StringComparison.Ordinal))),
            new XAttribute("globbing", Word(parameter.Wildcards)),
            new XAttribute("pipelineInput", use.PipelineInput),
            new XAttribute("position", use.PositionText),
            new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
            new XElement(s_maml + "name", parameter.Name),
            new XElement(s_maml + "description", Paragraphs(parameter.Description), inSyntax ? null : AcceptedValues(parameter)),
            inSyntax && parameter.AcceptedValues.Count > 0 ? ValueGroup(parameter) : null,
            inSyntax && parameter.IsSwitch ? null : Value(parameter.TypeName, required: !parameter.IsSwitch),
            new XElement(s_dev + "type", new XElement(s_maml + "name", parameter.TypeName), new XElement(s_maml + "uri")),
            new XElement(s_dev + "defaultValue", parameter.DefaultValue ?? (parameter.IsSwitch ? "False" : "None")));
    }

    private static XElement? AcceptedValues(ParameterHelp parameter) =>
        parameter.AcceptedValues.Count == 0 ? null : Paragraph($"Accepted values: {string.Join(", ", parameter.AcceptedValues)}.");

    private static XElement ValueGroup(ParameterHelp parameter) =>
        new(s_command + "parameterValueGroup", parameter.AcceptedValues.Select(value => Value(value, required: false)));

    private static XElement Value(string text, bool required) => new(
        s_command + "parameterValue", new XAttribute("required", Word(required)), new XAttribute("variableLength", "false"), text);

    private static IEnumerable<string> InputTypes(CmdletHelp cmdlet) => cmdlet.ParameterSets
        .SelectMany(set => set.Parameters)
        .Where(use => use.ByValue || use.ByPropertyName)
        .OrderByDescending(use => use.ByValue)
        .Select(use => use.Parameter.TypeFullName)
        .Distinct();

    private static XElement TypeEntry(string element, string type) => new(
        s_command + element,
        new XElement(s_dev + "type", new XElement(s_maml + "name", type)),
        new XElement(s_maml + "description", new XElement(s_maml + "para")));

    private static XElement Example(ExampleHelp example, int index)
    {
        string rule = new('-', 26);
        string title = string.Create(CultureInfo.InvariantCulture, $"{rule} Example {index + 1} {rule}");
        return new XElement(
            s_command + "example",
            new XElement(s_maml + "title", title),
            new XElement(s_dev + "code", example.Code),
            new XElement(s_dev + "remarks", Paragraphs(example.Remarks)));
    }

    private static XElement Link(LinkHelp link) => new(
        s_maml + "navigationLink",
        new XElement(s_maml + "linkText", link.Text),
        new XElement(s_maml + "uri", link.Address ?? string.Empty));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<HelpBlock> blocks) => blocks.Select(block =>
        Paragraph(block.Kind == HelpBlockKind.Item ? "- " + block.Plain : block.Plain));

    private static XElement Paragraph(string text) => new(s_maml + "para", text);

    private static string Word(bool value) => value ? "true" : "false";
}

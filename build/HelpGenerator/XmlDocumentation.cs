using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IdleHands.HelpGenerator;

/// <summary>The compiler's XML documentation file: finds a member by its documentation id and renders its text.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members;
    private readonly Func<string, string?> _nameOf;

    /// <param name="path">The file.</param>
    /// <param name="nameOf">What users call the member of a documentation id (a cmdlet, a parameter); null: its own name.</param>
    public XmlDocumentation(string path, Func<string, string?> nameOf)
    {
        _nameOf = nameOf;
        _members = XDocument.Load(path, LoadOptions.PreserveWhitespace)
            .Descendants("member")
            .Where(member => member.Attribute("name") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);
    }

    /// <summary>The first of these members that has documentation of its own; null where none has.</summary>
    public XElement? Find(IEnumerable<string> documentationIds) => documentationIds
        .Select(id => _members.GetValueOrDefault(id))
        .FirstOrDefault(member => member is not null && member.Element("inheritdoc") is null);

    /// <summary>Text on one line.</summary>
    public string Line(XElement? element) => string.Join(' ', Blocks(element).Select(block => block.Plain));

    /// <summary>Text as paragraphs, list items and code.</summary>
    public IReadOnlyList<HelpBlock> Blocks(XElement? element)
    {
        var blocks = new List<HelpBlock>();
        if (element is not null)
        {
            Collect(element, blocks);
        }

        return blocks;
    }

    /// <summary>Code without the indentation that it has only because it stands in a comment.</summary>
    public static string Code(XElement element)
    {
        string[] lines = element.Value.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()).ToArray();
        int first = Array.FindIndex(lines, line => line.Length > 0);
        if (first < 0)
        {
            return string.Empty;
        }

        int last = Array.FindLastIndex(lines, line => line.Length > 0);
        string[] body = lines[first..(last + 1)];

        // Text that begins on the line of the tag has lost its indentation already.
        IEnumerable<string> indented = first == 0 ? body.Skip(1) : body;
        int indent = indented.Where(line => line.Length > 0).Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty(0).Min();
        return string.Join('\n', body.Select((line, index) => index == 0 && first == 0 ? line : line[Math.Min(indent, line.Length)..]));
    }

    /// <summary>What users call the member of a documentation id.</summary>
    public string NameOf(string documentationId) => _nameOf(documentationId) ?? OwnName(documentationId);

    private void Collect(XElement parent, List<HelpBlock> blocks)
    {
        var inline = new List<XNode>();
        foreach (XNode node in parent.Nodes())
        {
            if (node is XElement { Name.LocalName: "para" or "list" or "code" } element)
            {
                Flush(inline, HelpBlockKind.Paragraph, blocks);
                CollectElement(element, blocks);
            }
            else
            {
                inline.Add(node);
            }
        }

        Flush(inline, HelpBlockKind.Paragraph, blocks);
    }

    private void CollectElement(XElement element, List<HelpBlock> blocks)
    {
        switch (element.Name.LocalName)
        {
            case "para":
                Collect(element, blocks);
                break;
            case "code":
                string code = Code(element);
                blocks.Add(new HelpBlock(HelpBlockKind.Code, code, code));
                break;
            default:
                foreach (XElement item in element.Elements("item"))
                {
                    Flush(ItemNodes(item), HelpBlockKind.Item, blocks);
                }

                break;
        }
    }

    private static List<XNode> ItemNodes(XElement item)
    {
        XElement? term = item.Element("term");
        XElement? description = item.Element("description");
        if (term is null)
        {
            return (description ?? item).Nodes().ToList();
        }

        return [.. term.Nodes(), new XText(": "), .. description?.Nodes() ?? []];
    }

    private void Flush(List<XNode> inline, HelpBlockKind kind, List<HelpBlock> blocks)
    {
        string plain = Inline(inline, markdown: false);
        if (plain.Length > 0)
        {
            blocks.Add(new HelpBlock(kind, plain, Inline(inline, markdown: true)));
        }

        inline.Clear();
    }

    private string Inline(IEnumerable<XNode> nodes, bool markdown) =>
        Whitespace().Replace(string.Concat(nodes.Select(node => Inline(node, markdown))), " ").Trim();

    private string Inline(XNode node, bool markdown) => node switch
    {
        XText text => markdown ? Escape(text.Value) : text.Value,
        XElement element => Inline(element, markdown),
        _ => string.Empty,
    };

    private string Inline(XElement element, bool markdown)
    {
        string? Attribute(string name) => element.Attribute(name)?.Value;
        string? text = element.Name.LocalName switch
        {
            "c" => element.Value,
            "paramref" or "typeparamref" => Attribute("name"),
            "see" or "seealso" when Attribute("cref") is { } cref => NameOf(cref),
            "see" or "seealso" => Attribute("langword"),
            _ => null,
        };
        if (text is not null)
        {
            return markdown ? $"`{text}`" : text;
        }

        if (Attribute("href") is { } address)
        {
            string label = element.Value.Length > 0 ? element.Value : address;
            return (markdown, label == address) switch
            {
                (true, _) => $"[{label}]({address})",
                (false, true) => address,
                _ => $"{label} ({address})",
            };
        }

        return Inline(element.Nodes(), markdown);
    }

    private static string OwnName(string documentationId)
    {
        string path = documentationId[(documentationId.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('(')[0];
        return path[(path.LastIndexOf('.') + 1)..].Split('`')[0];
    }

    private static string Escape(string text) => MarkdownSigns().Replace(text, @"\$0");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex(@"[\\<*`]")]
    private static partial Regex MarkdownSigns();
}

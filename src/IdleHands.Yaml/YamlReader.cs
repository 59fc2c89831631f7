using IdleHands.Configuration.Exchange;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace IdleHands.Yaml;

/// <summary>
/// Reads the values of one YAML document without giving them a meaning. What YAML can do beyond plain data is refused, at
/// its place: tags, merge keys, further documents, keys that are no texts or stand twice. Depth, size and what aliases
/// repeat are bounded, so that no file costs more memory than its length allows.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Levels of objects and lists; the deepest value of a configuration lies at six.</summary>
    internal const int DeepestLevel = 32;

    /// <summary>Values in a document: more than 20,000 models have.</summary>
    internal const int MostValues = 1_000_000;

    /// <summary>Values and characters that aliases may repeat in all.</summary>
    internal const long MostRepeated = 1_000_000;

    private readonly Dictionary<string, SourceNode?> _anchors = new(StringComparer.Ordinal);
    private readonly Parser _parser;
    private int _values;
    private long _repeated;

    private YamlReader(string text)
    {
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>The one value of the document.</summary>
    /// <exception cref="SourceException">The text is not YAML, or more than data.</exception>
    public static SourceNode Read(string text)
    {
        var reader = new YamlReader(text);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException exception)
        {
            throw exception.Message.Contains(" tab ", StringComparison.Ordinal) && FindTab(text, exception.Start.Line) is { } tab
                ? new SourceException("not valid YAML: a tab stands in the indentation, where only spaces may.", tab, exception)
                : new SourceException($"not valid YAML: {Sentence(exception.Message)}", Position(exception.Start), exception);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException or KeyNotFoundException or NullReferenceException or InvalidCastException)
        {
            // The library has its own mistakes. The file is at fault somewhere behind what was read last.
            throw new SourceException("not valid YAML: it can't be read from here on.", Position(reader._parser.Current?.End ?? Mark.Empty), exception);
        }
    }

    private SourceNode ReadDocument()
    {
        Next<StreamStart>();
        if (Next() is not DocumentStart start)
        {
            throw new SourceException("the file is empty.", new SourcePosition(1, 1));
        }

        if (start.Tags?.Any(tag => !IsStandard(tag)) == true)
        {
            throw Refused("a %TAG directive stands here, and tags are not supported.", start);
        }

        SourceNode root = ReadValue(Next(), depth: 0);
        Next<DocumentEnd>();
        return Next() is StreamEnd ? root : throw Refused("a second document begins here; a file may hold one.", _parser.Current!);
    }

    private SourceNode ReadValue(ParsingEvent current, int depth)
    {
        if (++_values > MostValues)
        {
            throw Refused($"there are more than {MostValues} values.", current);
        }

        switch (current)
        {
            case AnchorAlias alias:
                return Repeat(alias);
            case Scalar scalar:
                CheckNode(scalar);
                return Keep(scalar, new SourceNode
                {
                    Kind = SourceKind.Scalar,
                    Position = Position(scalar.Start),
                    Text = scalar.Value,
                    IsPlain = scalar.Style == ScalarStyle.Plain,
                    Weight = 1 + scalar.Value.Length,
                });
            case SequenceStart sequence:
                Enter(sequence, depth);
                return Keep(sequence, ReadList(sequence, depth + 1));
            case MappingStart mapping:
                Enter(mapping, depth);
                return Keep(mapping, ReadMap(mapping, depth + 1));
            default:
                throw Refused("a value is missing here.", current);
        }
    }

    private SourceNode ReadList(SequenceStart start, int depth)
    {
        var items = new List<SourceNode>();
        long weight = 1;
        while (Next() is var current and not SequenceEnd)
        {
            SourceNode item = ReadValue(current, depth);
            weight += item.Weight;
            items.Add(item);
        }

        return new SourceNode { Kind = SourceKind.List, Position = Position(start.Start), Items = items, Weight = weight };
    }

    private SourceNode ReadMap(MappingStart start, int depth)
    {
        var members = new List<SourceMember>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        long weight = 1;
        while (Next() is var current and not MappingEnd)
        {
            string key = ReadKey(current);
            if (!keys.Add(key))
            {
                throw Refused($"the key \"{Shorten(key)}\" stands here a second time.", current);
            }

            SourceNode value = ReadValue(Next(), depth);
            weight += key.Length + value.Weight;
            members.Add(new SourceMember(key, Position(current.Start), value));
        }

        return new SourceNode { Kind = SourceKind.Map, Position = Position(start.Start), Members = members, Weight = weight };
    }

    private string ReadKey(ParsingEvent current)
    {
        if (current is not Scalar scalar)
        {
            throw Refused("a key must be a text; write it out.", current);
        }

        CheckNode(scalar);
        if (scalar is { Style: ScalarStyle.Plain, Value: "<<" })
        {
            throw Refused("a merge key (<<) stands here, which is not supported. Write the keys out, or give the whole value an alias.", current);
        }

        return ++_values > MostValues || !scalar.Anchor.IsEmpty
            ? throw Refused("a key must be a plain text, without an anchor.", current)
            : scalar.Value;
    }

    private void Enter(NodeEvent node, int depth)
    {
        CheckNode(node);
        if (depth >= DeepestLevel)
        {
            throw Refused($"it nests deeper than {DeepestLevel} levels here.", node);
        }

        if (!node.Anchor.IsEmpty)
        {
            // Until its end has been read, an alias would contain itself.
            _anchors[node.Anchor.Value] = null;
        }
    }

    private static void CheckNode(NodeEvent node)
    {
        if (!node.Tag.IsEmpty)
        {
            throw Refused($"the tag {Shorten(node.Tag.Value)} stands here, and tags are not supported. What a value is, its key says.", node);
        }
    }

    private SourceNode Keep(NodeEvent node, SourceNode value)
    {
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = value;
        }

        return value;
    }

    private SourceNode Repeat(AnchorAlias alias)
    {
        string name = alias.Value.Value;
        if (!_anchors.TryGetValue(name, out SourceNode? value))
        {
            throw Refused($"there is no anchor &{Shorten(name)} before this alias.", alias);
        }

        if (value is null)
        {
            throw Refused($"the alias *{Shorten(name)} stands in the value that it repeats.", alias);
        }

        _repeated += value.Weight;
        return _repeated <= MostRepeated
            ? value
            : throw Refused($"with this one, aliases repeat more than {MostRepeated} values and characters.", alias);
    }

    private ParsingEvent Next() => _parser.MoveNext()
        ? _parser.Current!
        : throw new SourceException("not valid YAML: it ends too early.", Position(_parser.Current?.End ?? Mark.Empty));

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Next() is not T)
        {
            throw Refused("not valid YAML: something else was expected here.", _parser.Current!);
        }
    }

    /// <summary>The library tells where the mapping began that the tab doesn't fit into, which may be the first line.</summary>
    private static SourcePosition? FindTab(string text, long firstLine)
    {
        long number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            int tab = line[..(line.Length - line.TrimStart(" \t").Length)].IndexOf('\t');
            if (number >= firstLine && tab >= 0)
            {
                return new SourcePosition(number, tab + 1);
            }
        }

        return null;
    }

    private static bool IsStandard(YamlDotNet.Core.Tokens.TagDirective tag) =>
        tag is { Handle: "!", Prefix: "!" } or { Handle: "!!", Prefix: "tag:yaml.org,2002:" };

    private static SourceException Refused(string message, ParsingEvent at) => new(message, Position(at.Start));

    private static SourcePosition Position(in Mark mark) => new(Math.Max(mark.Line, 1), Math.Max(mark.Column, 1));

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";

    /// <summary>The library's reason without its own place and with a full stop.</summary>
    private static string Sentence(string message)
    {
        int place = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        string reason = (place < 0 ? message : message[(place + 3)..]).TrimEnd('.');
        return (reason.Length > 1 && char.IsUpper(reason[0]) && !char.IsUpper(reason[1]) ? char.ToLowerInvariant(reason[0]) + reason[1..] : reason) + ".";
    }
}

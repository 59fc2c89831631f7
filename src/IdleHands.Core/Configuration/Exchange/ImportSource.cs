using System.Text.Json;
using IdleHands.Configuration.Json;

namespace IdleHands.Configuration.Exchange;

/// <summary>A finding about a file to import.</summary>
/// <param name="File">The file; null where the finding is about an entry that is in the configuration already.</param>
/// <param name="Finding">What was found.</param>
internal readonly record struct ImportFinding(string? File, ConfigurationFinding Finding);

/// <summary>A file to import as it was read: its entries, what is wrong with its form, and where everything stands.</summary>
internal sealed class ImportSource
{
    private readonly Dictionary<string, SourcePosition> _positions;
    private readonly HashSet<string> _nulls;

    private ImportSource(string file, RuntimeConfiguration configuration, IReadOnlyList<ConfigurationFinding> findings, Places places)
    {
        File = file;
        Configuration = configuration;
        Findings = findings;
        _positions = places.Positions;
        _nulls = places.Nulls;
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Its entries, as far as they could be read.</summary>
    public RuntimeConfiguration Configuration { get; }

    /// <summary>What could not be read, with its place; no rule was checked yet.</summary>
    public IReadOnlyList<ConfigurationFinding> Findings { get; }

    /// <summary>Reads a JSON file.</summary>
    public static ImportSource FromJson(string file, ReadOnlySpan<byte> bytes)
    {
        (RuntimeConfiguration? configuration, List<ConfigurationFinding>? findings) = ConfigurationReader.Read(bytes);
        ReadOnlySpan<byte> text = bytes[ConfigurationReader.GetMarkLength(bytes)..];
        return configuration is null
            ? new ImportSource(file, RuntimeConfiguration.Empty, findings!, new Places())
            : new ImportSource(file, configuration, [.. (findings ?? []).Select(NotKept)], Locate(text, position => position));
    }

    /// <summary>Takes what the reader of another format has read.</summary>
    public static ImportSource FromNode(string file, SourceNode root)
    {
        (byte[] json, IReadOnlyList<SourcePosition> positions) = SourceJson.Write(root);
        SourcePosition Find(SourcePosition line) => positions[(int)line.Line - 1];
        (RuntimeConfiguration? configuration, List<ConfigurationFinding>? findings) = ConfigurationReader.Read(json);
        IEnumerable<ConfigurationFinding> located = (findings ?? []).Select(finding =>
        {
            SourcePosition position = Find(new SourcePosition(finding.Line ?? 1, 1));
            return NotKept(finding) with { Line = position.Line, Column = position.Column };
        });
        return configuration is null
            ? new ImportSource(file, RuntimeConfiguration.Empty, [.. located], new Places())
            : new ImportSource(file, configuration, [.. located], Locate(json, Find));
    }

    /// <summary>A file that can't be read at all.</summary>
    public static ImportSource Unreadable(string file, string message, SourcePosition position) => new(
        file,
        RuntimeConfiguration.Empty,
        [new ConfigurationFinding("$", message, ConfigurationFinding.Error) { Line = position.Line, Column = position.Column }],
        new Places());

    /// <summary>True when the file says something of this path, be it that there is no value.</summary>
    public bool Says(string path) => _positions.ContainsKey(path);

    /// <summary>True when the file says that a path has no value.</summary>
    public bool IsNull(string path) => _nulls.Contains(path);

    /// <summary>Where a path stands, or what is around it.</summary>
    public SourcePosition Find(string path)
    {
        SourcePosition position;
        while (!_positions.TryGetValue(path, out position) && path.Length > 0)
        {
            path = path[..Math.Max(path.LastIndexOfAny(['.', '[']), 0)];
        }

        return position.Line == 0 ? new SourcePosition(1, 1) : position;
    }

    /// <summary>An unknown key is kept in the configuration itself; of a file to import it goes nowhere.</summary>
    private static ConfigurationFinding NotKept(ConfigurationFinding finding) => finding.Severity == ConfigurationFinding.Warning
        ? finding with { Message = $"\"{finding.Path}\" is not a key that is known here; it is not imported." }
        : finding;

    private static Places Locate(ReadOnlySpan<byte> json, Func<SourcePosition, SourcePosition> find)
    {
        var places = new Places();
        var reader = new Utf8JsonReader(json);
        var place = new TextPosition();
        reader.Read();
        Walk(ref reader, ref place, json, string.Empty, places, find);
        return places;
    }

    private static void Walk(
        ref Utf8JsonReader reader,
        ref TextPosition place,
        ReadOnlySpan<byte> json,
        string path,
        Places places,
        Func<SourcePosition, SourcePosition> find)
    {
        place.AdvanceTo(json, (int)reader.TokenStartIndex);
        places.Positions.TryAdd(path, find(new SourcePosition(place.Line, place.Column)));
        if (reader.TokenType == JsonTokenType.Null)
        {
            places.Nulls.Add(path);
        }

        if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                Walk(ref reader, ref place, json, FormattableString.Invariant($"{path}[{index}]"), places, find);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                string key = reader.GetString()!;
                reader.Read();
                Walk(ref reader, ref place, json, path.Length == 0 ? key : $"{path}.{key}", places, find);
            }
        }
    }

    /// <summary>Where each path stands, and which have no value.</summary>
    private sealed class Places
    {
        public Dictionary<string, SourcePosition> Positions { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Nulls { get; } = new(StringComparer.Ordinal);
    }
}

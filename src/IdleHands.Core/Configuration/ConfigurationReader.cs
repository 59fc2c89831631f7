using System.Text.Json;
using System.Text.Unicode;
using IdleHands.Configuration.Json;

namespace IdleHands.Configuration;

/// <summary>Reads the text of a configuration file and tells all that is wrong with it.</summary>
internal static class ConfigurationReader
{
    private const string SchemaVersionKey = "schema_version";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Length of the byte order mark that the text begins with, or 0.</summary>
    public static int GetMarkLength(ReadOnlySpan<byte> bytes) => bytes.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;

    /// <summary>Reads and checks; the configuration is null where an error keeps it from being used.</summary>
    public static ConfigurationInspection Inspect(ReadOnlySpan<byte> bytes)
    {
        (RuntimeConfiguration? configuration, List<ConfigurationFinding>? found) = Read(bytes);
        if (configuration is null)
        {
            return new ConfigurationInspection(null, found!);
        }

        IReadOnlyList<ConfigurationFinding> broken = ConfigurationValidator.Validate(configuration);
        if (found is null)
        {
            return new ConfigurationInspection(HasError(broken) ? null : configuration, broken);
        }

        AddUnexplained(found, broken);
        return new ConfigurationInspection(HasError(found) ? null : configuration, found);
    }

    /// <summary>
    /// Reads without checking the rules: what stands there, as far as it can be read, and what can't be. The configuration
    /// is null where the text is not JSON; there are no findings where all is well.
    /// </summary>
    public static (RuntimeConfiguration? Configuration, List<ConfigurationFinding>? Findings) Read(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = bytes[GetMarkLength(bytes)..];
        if (!Utf8.IsValid(text))
        {
            return (null, [NotJson(text, FindInvalidByte(text), "a byte here belongs to no UTF-8 character.")]);
        }

        var cursor = new JsonCursor(text);
        try
        {
            RuntimeConfiguration configuration = ReadFile(ref cursor);
            return (configuration, cursor.Findings);
        }
        catch (JsonException exception)
        {
            return (null, [NotJson(text, GetOffset(text, exception), text.IsEmpty ? "the file is empty." : JsonReason.Of(exception))]);
        }
        catch (InvalidOperationException)
        {
            // The reader's way to say that an escaped text has half a surrogate pair.
            return (null, [NotJson(text, cursor.TokenStart, "a text here has an escape that stands for no character.")]);
        }
    }

    private static RuntimeConfiguration ReadFile(ref JsonCursor cursor)
    {
        cursor.Read();
        RuntimeConfiguration configuration = RuntimeConfiguration.Empty;
        if (cursor.TokenType == JsonTokenType.StartObject)
        {
            configuration = ReadTopLevel(ref cursor);
        }
        else
        {
            cursor.Report(null, "the file must hold one object, with hosts, backends and models.");
            cursor.Skip();
        }

        // Whatever stands behind the value is a syntax error.
        cursor.Read();
        return configuration;
    }

    private static RuntimeConfiguration ReadTopLevel(ref JsonCursor cursor)
    {
        bool hasVersion = false;
        HashSet<string>? others = null;
        List<RuntimeHost>? hosts = null;
        List<RuntimeBackend>? backends = null;
        List<RuntimeModel>? models = null;
        while (cursor.Read() && cursor.TokenType != JsonTokenType.EndObject)
        {
            if (!hasVersion && cursor.IsAt("schema_version"u8))
            {
                hasVersion = true;
                ReadVersion(ref cursor);
            }
            else if (hosts is null && cursor.IsAt("hosts"u8))
            {
                hosts = ReadSection(ref cursor, "hosts", HostJson.Fields);
            }
            else if (backends is null && cursor.IsAt("backends"u8))
            {
                backends = ReadSection(ref cursor, "backends", BackendJson.Fields);
            }
            else if (models is null && cursor.IsAt("models"u8))
            {
                models = ReadSection(ref cursor, "models", ModelJson.Fields);
            }
            else
            {
                ReadOther(ref cursor, others ??= new HashSet<string>(StringComparer.Ordinal));
            }
        }

        if (!hasVersion)
        {
            cursor.Report(SchemaVersionKey, $"it is missing; it must be {RuntimeConfiguration.SchemaVersion}.");
        }

        return new RuntimeConfiguration { Hosts = hosts ?? [], Backends = backends ?? [], Models = models ?? [] };
    }

    private static void ReadVersion(ref JsonCursor cursor)
    {
        cursor.Read();
        if (!cursor.IsAtNumber(RuntimeConfiguration.SchemaVersion))
        {
            cursor.Mismatch(SchemaVersionKey, $"a schema version that is known here: it must be {RuntimeConfiguration.SchemaVersion}");
        }
    }

    private static void ReadOther(ref JsonCursor cursor, HashSet<string> others)
    {
        string key = cursor.GetText();
        if (key is SchemaVersionKey or "hosts" or "backends" or "models" || !others.Add(key))
        {
            cursor.ReportDuplicate(key);
        }
        else if (key != "$schema")
        {
            cursor.Report(key, $"\"{key}\" is not a key that is known here; it is kept as it is.", ConfigurationFinding.Warning);
        }

        cursor.Skip();
    }

    private static List<T> ReadSection<T, TDraft>(ref JsonCursor cursor, string section, EntryFields<T, TDraft> fields)
        where TDraft : struct, IEntryDraft<T>
    {
        var entries = new List<T>();
        cursor.Read();
        if (cursor.TokenType != JsonTokenType.StartArray)
        {
            if (cursor.TokenType != JsonTokenType.Null)
            {
                cursor.Mismatch(section, "a list");
            }

            return entries;
        }

        cursor.Section = section;
        while (cursor.Read() && cursor.TokenType != JsonTokenType.EndArray)
        {
            cursor.Index = entries.Count;
            TDraft draft = default;
            if (cursor.TokenType == JsonTokenType.StartObject)
            {
                fields.Read(ref cursor, ref draft);
            }
            else
            {
                cursor.Mismatch(null, "an object");
            }

            // Also what is broken, so that the others keep their index.
            entries.Add(draft.ToEntry());
        }

        cursor.Section = null;
        cursor.Index = -1;
        return entries;
    }

    /// <summary>Adds what the rules found, except where the reader has already said what is wrong at that place or above.</summary>
    private static void AddUnexplained(List<ConfigurationFinding> found, IReadOnlyList<ConfigurationFinding> broken)
    {
        var explained = new HashSet<string>(found.Count, StringComparer.Ordinal);
        foreach (ConfigurationFinding finding in found)
        {
            explained.Add(finding.Path);
        }

        foreach (ConfigurationFinding finding in broken)
        {
            string path = finding.Path;
            while (path.Length > 0 && !explained.Contains(path))
            {
                path = path[..Math.Max(path.LastIndexOfAny(['.', '[']), 0)];
            }

            if (path.Length == 0)
            {
                found.Add(finding);
            }
        }
    }

    private static bool HasError(IReadOnlyList<ConfigurationFinding> findings)
    {
        foreach (ConfigurationFinding finding in findings)
        {
            if (finding.Severity == ConfigurationFinding.Error)
            {
                return true;
            }
        }

        return false;
    }

    private static ConfigurationFinding NotJson(ReadOnlySpan<byte> text, int offset, string reason)
    {
        var position = new TextPosition();
        position.AdvanceTo(text, offset);
        string message = $"not valid JSON at line {position.Line}, column {position.Column}: {reason}";
        return new ConfigurationFinding("$", message, ConfigurationFinding.Error) { Line = position.Line, Column = position.Column };
    }

    private static int GetOffset(ReadOnlySpan<byte> text, JsonException exception)
    {
        int lineStart = 0;
        for (long line = exception.LineNumber ?? 0; line > 0; line--)
        {
            lineStart += text[lineStart..].IndexOf((byte)'\n') + 1;
        }

        return Math.Min(lineStart + (int)(exception.BytePositionInLine ?? 0), text.Length);
    }

    internal static int FindInvalidByte(ReadOnlySpan<byte> text)
    {
        int offset = 0;
        while (System.Text.Rune.DecodeFromUtf8(text[offset..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            offset += length;
        }

        return offset;
    }
}

using System.Text.RegularExpressions;
using IdleHands.Configuration.Json;

namespace IdleHands.Configuration.Exchange;

/// <summary>
/// Turns a file to import into the JSON of a configuration, so that one reader reads both. What a bare word is, its key
/// says: <c>no</c>, <c>1_000</c> or <c>012</c> is a text where a text belongs, and no number and no truth value anywhere.
/// Each token stands on a line of its own, so that the line of a finding tells which one it was.
/// </summary>
internal sealed partial class SourceJson
{
    private readonly JsonText _json = new();
    private readonly List<SourcePosition> _positions = [];

    private SourceJson()
    {
    }

    /// <summary>The JSON, and the place of each of its lines in the file.</summary>
    public static (byte[] Json, IReadOnlyList<SourcePosition> Positions) Write(SourceNode root)
    {
        var writer = new SourceJson();
        if (root.Kind == SourceKind.Map)
        {
            writer.WriteMembers(root, writer.WriteTopLevel);
        }
        else
        {
            writer.WriteFree(root);
        }

        return (writer._json.ToArray(), writer._positions);
    }

    private void WriteTopLevel(string key, SourceNode value)
    {
        FieldDefinitions? fields = key switch
        {
            "hosts" => HostJson.Fields,
            "backends" => BackendJson.Fields,
            "models" => ModelJson.Fields,
            _ => null,
        };
        if (fields is not null && value.Kind == SourceKind.List)
        {
            WriteItems(value, entry => WriteObject(entry, fields));
        }
        else if (key == "schema_version")
        {
            WriteScalar(value, ValueShape.Whole);
        }
        else
        {
            WriteFree(value);
        }
    }

    private void WriteObject(SourceNode node, FieldDefinitions fields)
    {
        if (node.Kind != SourceKind.Map)
        {
            WriteFree(node);
            return;
        }

        WriteMembers(node, (key, value) =>
        {
            if (fields.Find(key) is { } field)
            {
                WriteValue(value, field);
            }
            else if (fields.OtherKeySuffix is { } suffix && key.EndsWith(suffix, StringComparison.Ordinal))
            {
                WriteScalar(value, ValueShape.Text);
            }
            else
            {
                WriteFree(value);
            }
        });
    }

    private void WriteValue(SourceNode node, FieldDefinition field)
    {
        switch (field.Shape, node.Kind)
        {
            case (ValueShape.Group, _):
                WriteObject(node, field.Group!);
                break;
            case (ValueShape.Texts or ValueShape.Policy, SourceKind.List):
                WriteItems(node, item => WriteScalar(item, ValueShape.Text));
                break;
            case (ValueShape.Policy, SourceKind.Scalar):
                WriteScalar(node, ValueShape.Text);
                break;
            case (ValueShape.Map, SourceKind.Map):
                WriteMembers(node, (_, value) => WriteScalar(value, ValueShape.Text));
                break;
            case (ValueShape.Split, SourceKind.Map):
                // Kept as it is written here, so it has to look well: on one line.
                BeginLine(node);
                AppendInline(node, key: null);
                break;
            default:
                WriteScalar(node, field.Shape);
                break;
        }
    }

    /// <summary>A single value as its key wants it. What does not fit becomes a text, which the reader then refuses by its place.</summary>
    private void WriteScalar(SourceNode node, ValueShape shape)
    {
        if (node.Kind != SourceKind.Scalar)
        {
            WriteFree(node);
            return;
        }

        BeginLine(node);
        if (IsNull(node))
        {
            _json.AppendRaw("null"u8);
            return;
        }

        bool isRaw = node.IsPlain && shape switch
        {
            ValueShape.Flag => node.Text is "true" or "false",
            ValueShape.Whole => WholeNumber().IsMatch(node.Text),
            ValueShape.Number => DecimalNumber().IsMatch(node.Text),
            _ => false,
        };
        _ = isRaw ? _json.AppendRaw(node.Text) : _json.AppendString(node.Text);
    }

    /// <summary>A value of which nothing is known.</summary>
    private void WriteFree(SourceNode node)
    {
        switch (node.Kind)
        {
            case SourceKind.List:
                WriteItems(node, WriteFree);
                break;
            case SourceKind.Map:
                WriteMembers(node, (_, value) => WriteFree(value));
                break;
            default:
                BeginLine(node);
                AppendFree(node);
                break;
        }
    }

    private void AppendInline(SourceNode node, string? key)
    {
        switch (node.Kind)
        {
            case SourceKind.List:
                _json.AppendRaw("["u8);
                for (int index = 0; index < node.Items.Count; index++)
                {
                    _json.AppendRaw(index == 0 ? string.Empty : ", ");
                    AppendInline(node.Items[index], key);
                }

                _json.AppendRaw("]"u8);
                break;
            case SourceKind.Map:
                _json.AppendRaw("{"u8);
                for (int index = 0; index < node.Members.Count; index++)
                {
                    _json.AppendRaw(index == 0 ? string.Empty : ", ").AppendString(node.Members[index].Key).AppendRaw(": "u8);
                    AppendInline(node.Members[index].Value, key is null ? node.Members[index].Key : string.Empty);
                }

                _json.AppendRaw("}"u8);
                break;
            case SourceKind.Scalar when key == "hosts" && !IsNull(node):
                _json.AppendString(node.Text);
                break;
            default:
                AppendFree(node);
                break;
        }
    }

    private void AppendFree(SourceNode node)
    {
        bool isRaw = node.IsPlain && (node.Text is "true" or "false" || JsonNumber().IsMatch(node.Text));
        _ = IsNull(node) ? _json.AppendRaw("null"u8) : isRaw ? _json.AppendRaw(node.Text) : _json.AppendString(node.Text);
    }

    private void WriteMembers(SourceNode node, Action<string, SourceNode> write)
    {
        BeginLine(node);
        _json.AppendRaw("{"u8);
        for (int index = 0; index < node.Members.Count; index++)
        {
            SourceMember member = node.Members[index];
            _json.AppendRaw(index == 0 ? string.Empty : ",");
            BeginLine(member.Position);
            _json.AppendString(member.Key).AppendRaw(":"u8);
            write(member.Key, member.Value);
        }

        BeginLine(node);
        _json.AppendRaw("}"u8);
    }

    private void WriteItems(SourceNode node, Action<SourceNode> write)
    {
        BeginLine(node);
        _json.AppendRaw("["u8);
        for (int index = 0; index < node.Items.Count; index++)
        {
            _json.AppendRaw(index == 0 ? string.Empty : ",");
            write(node.Items[index]);
        }

        BeginLine(node);
        _json.AppendRaw("]"u8);
    }

    private void BeginLine(SourceNode node) => BeginLine(node.Position);

    private void BeginLine(SourcePosition position)
    {
        if (_positions.Count > 0)
        {
            _json.AppendRaw("\n"u8);
        }

        _positions.Add(position);
    }

    private static bool IsNull(SourceNode node) => node.IsPlain && (node.Text is "" or "~" or "null");

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)\z")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?\z")]
    private static partial Regex DecimalNumber();

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z")]
    private static partial Regex JsonNumber();
}

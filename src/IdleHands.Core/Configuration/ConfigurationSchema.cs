using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdleHands.Configuration.Json;

namespace IdleHands.Configuration;

/// <summary>
/// The JSON Schema (draft 2020-12) of <c>runtimes.json</c>, with which editors complete and check. It is made of the
/// definitions that read and check the file. What needs a look at other entries (references, ids given twice, fallbacks
/// that go in a circle) no schema can say; <c>Test-IHConfiguration</c> does.
/// </summary>
public static class ConfigurationSchema
{
    /// <summary>Name of its file, in the module and beside a configuration.</summary>
    public const string FileName = "runtimes.schema.json";

    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of the schema.</summary>
    public static string Write() => Create().ToJsonString(s_options).ReplaceLineEndings("\n") + "\n";

    private static JsonObject Create() => new()
    {
        ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
        ["title"] = "IdleHands: hosts, backends and models",
        ["type"] = "object",
        ["required"] = new JsonArray("schema_version"),
        ["properties"] = new JsonObject
        {
            ["$schema"] = new JsonObject { ["type"] = "string" },
            ["schema_version"] = new JsonObject { ["const"] = RuntimeConfiguration.SchemaVersion },
            [EntrySection.Hosts.Name] = Section(EntrySection.Hosts.Word),
            [EntrySection.Backends.Name] = Section(EntrySection.Backends.Word),
            [EntrySection.Models.Name] = Section(EntrySection.Models.Word),
        },
        ["$defs"] = new JsonObject
        {
            [EntrySection.Hosts.Word] = Host(),
            [EntrySection.Backends.Word] = Keys(BackendJson.Fields),
            [EntrySection.Models.Word] = Keys(ModelJson.Fields),
        },
    };

    private static JsonObject Section(string word) => new()
    {
        ["type"] = new JsonArray("array", "null"),
        ["items"] = new JsonObject { ["$ref"] = $"#/$defs/{word}" },
    };

    private static JsonObject Host()
    {
        JsonObject host = Keys(HostJson.Fields);
        host["allOf"] = new JsonArray([.. HostJson.TransportNeeds.Select(Need)]);
        return host;
    }

    /// <summary>Where the transport is this one, the value must be there and say something.</summary>
    private static JsonObject Need(TransportNeed need)
    {
        var filled = new JsonObject { ["type"] = "string", ["pattern"] = "\\S" };
        bool isList = HostJson.Fields.Find(need.Group)!.Group!.Find(need.Key)!.Shape == ValueShape.Texts;
        JsonObject value = isList ? new() { ["type"] = "array", ["minItems"] = 1, ["prefixItems"] = new JsonArray(filled) } : filled;
        return new JsonObject
        {
            ["if"] = Object("transport", new JsonObject { ["const"] = need.Transport }),
            ["then"] = Object(need.Group, Object(need.Key, value, "object")),
        };
    }

    private static JsonObject Object(string key, JsonObject value, string? type = null)
    {
        var schema = new JsonObject();
        if (type is not null)
        {
            schema["type"] = type;
        }

        schema["required"] = new JsonArray(key);
        schema["properties"] = new JsonObject { [key] = value };
        return schema;
    }

    private static JsonObject Keys(FieldDefinitions fields)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (FieldDefinition field in fields.All)
        {
            properties[field.Key] = Value(field);
            if (field.MustBeSet)
            {
                required.Add(field.Key);
            }
        }

        var schema = new JsonObject { ["type"] = "object" };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        schema["properties"] = properties;
        if (fields.OtherKeySuffix is { } suffix)
        {
            schema["patternProperties"] = new JsonObject { [$"{suffix}$"] = new JsonObject { ["type"] = new JsonArray("string", "null") } };
        }

        schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject Value(FieldDefinition field)
    {
        JsonObject schema = field.Shape switch
        {
            ValueShape.Whole => Typed("integer", field),
            ValueShape.Number => Typed("number", field),
            ValueShape.Flag => Typed("boolean", field),
            ValueShape.Texts => With(Typed("array", field), "items", Text()),
            ValueShape.Policy => Policy(),
            ValueShape.Map => With(Typed("object", field), "additionalProperties", Text()),
            ValueShape.Split => With(Typed("object", field), "properties", new JsonObject { ["hosts"] = With(new JsonObject { ["type"] = new JsonArray("array", "null") }, "items", Text()) }),
            ValueShape.Group => Group(field),
            _ => Typed("string", field),
        };
        field.Describe(schema);
        return schema;
    }

    private static JsonObject Text() => new() { ["type"] = "string" };

    private static JsonObject Typed(string type, FieldDefinition field) =>
        new() { ["type"] = field.AcceptsNull ? new JsonArray(type, "null") : type };

    private static JsonObject With(JsonObject schema, string keyword, JsonObject value)
    {
        schema[keyword] = value;
        return schema;
    }

    private static JsonObject Group(FieldDefinition field)
    {
        JsonObject schema = Keys(field.Group!);
        if (field.AcceptsNull)
        {
            schema["type"] = new JsonArray("object", "null");
        }

        return schema;
    }

    private static JsonObject Policy() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["const"] = IdPolicy.AnyWord },
            With(new JsonObject { ["type"] = "array" }, "items", Text()),
            new JsonObject { ["type"] = "null" }),
    };
}

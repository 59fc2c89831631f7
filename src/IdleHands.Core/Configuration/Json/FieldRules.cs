using System.Text.Json.Nodes;
using IdleHands.Templates;

namespace IdleHands.Configuration.Json;

/// <summary>Notes what is wrong with a value, which may be none.</summary>
internal delegate void ValueCheck<in TValue>(EntryFindings findings, string path, TValue? value, KnownIds known);

/// <summary>The rules of one key, as the validator checks them and as a JSON Schema says them.</summary>
/// <param name="Check">Checks a value.</param>
/// <param name="Describe">Adds the keywords that refuse what the check refuses, as far as a schema can: it knows no other entry.</param>
internal sealed record FieldRule<TValue>(ValueCheck<TValue> Check, Action<JsonObject> Describe)
{
    /// <summary>True when an entry can't do without a value.</summary>
    public bool MustBeSet { get; init; }
}

/// <summary>The rules of keys. A check and its description stand side by side, so that who changes one sees the other.</summary>
internal static class FieldRules
{
    private const string IdPattern = "^[a-z0-9][a-z0-9-]*$";
    private const string NoNulPattern = "^[^\\u0000]*$";

    /// <summary>Part of a reference: neither empty nor with spaces at its ends, and without slash and control characters.</summary>
    private const string Part = "(?!\\s)[^/\\u0000-\\u001f\\u007f-\\u009f]+(?<!\\s)";

    private const string ReferencePattern =
        $"^(?!env:|secret://)|^env:(?!\\s)[^=\\u0000-\\u001f\\u007f-\\u009f]+(?<!\\s)$|^secret://(?:{Part}/)?{Part}$";

    public static FieldRule<string> Id { get; } = new((findings, _, value, _) => EntryRules.CheckId(findings, value), DescribeId) { MustBeSet = true };

    /// <summary>An id that policies name.</summary>
    public static FieldRule<string> PolicyId { get; } = new(
        (findings, _, value, _) => EntryRules.CheckPolicyId(findings, value),
        schema =>
        {
            DescribeId(schema);
            schema["not"] = new JsonObject { ["const"] = IdPolicy.AnyWord };
        })
    {
        MustBeSet = true,
    };

    /// <summary>The id of another model.</summary>
    public static FieldRule<string> Model { get; } = new(
        (findings, path, value, known) =>
        {
            if (value is not null && !known.Models.ContainsKey(value))
            {
                findings.Add(path, $"there is no model '{value}'.");
            }
        },
        DescribeId);

    /// <summary>A text that must be there.</summary>
    public static FieldRule<string> Name { get; } = TextRule((findings, path, value) => EntryRules.CheckRequired(findings, path, value)) with { MustBeSet = true };

    /// <summary>A text that must be there and say something.</summary>
    public static FieldRule<string> Filled { get; } = TextRule(EntryRules.CheckFilled, "\\S") with { MustBeSet = true };

    /// <summary>Any text that a command can hold.</summary>
    public static FieldRule<string> NoNul { get; } = TextRule();

    /// <summary>What the ssh client gets as a word of its own.</summary>
    public static FieldRule<string> Address { get; } = TextRule(EntryRules.CheckNoOption, "^(?!-)");

    /// <summary>A text that may refer to a secret.</summary>
    public static FieldRule<string> Reference { get; } = new((findings, path, value, _) => EntryRules.CheckSecret(findings, path, value), DescribeReference);

    /// <summary>A secret, or the reference to one.</summary>
    public static FieldRule<Secret> Password { get; } = new((findings, path, value, _) => EntryRules.CheckSecret(findings, path, value?.Reveal()), DescribeReference);

    public static FieldRule<string> Command { get; } = new(
        (findings, path, value, _) => EntryRules.CheckCommand(findings, path, value),
        schema => DescribeCommand(schema, TemplateVariables.All));

    /// <summary>The command that a model can't do without.</summary>
    public static FieldRule<string> StartCommand { get; } = new(
        (findings, path, value, _) =>
        {
            EntryRules.CheckFilled(findings, path, value);
            EntryRules.CheckCommand(findings, path, value);
        },
        schema =>
        {
            DescribeCommand(schema, TemplateVariables.All);
            AddPattern(schema, "\\S");
        })
    {
        MustBeSet = true,
    };

    /// <summary>A command that knows the host alone.</summary>
    public static FieldRule<string> HostCommand { get; } = new(
        (findings, path, value, _) => EntryRules.CheckHostCommand(findings, path, value),
        schema => DescribeCommand(schema, EntryRules.HostVariables));

    /// <summary>The type of a backend.</summary>
    public static FieldRule<string> Type { get; } = new(
        (findings, path, value, _) =>
        {
            if (EntryRules.CheckRequired(findings, path, value))
            {
                EntryRules.CheckWord(findings, path, value, BackendType.All);
            }
        },
        schema => DescribeWords(schema, BackendType.All))
    {
        MustBeSet = true,
    };

    public static FieldRule<int?> Port { get; } = new(
        (findings, path, value, _) => EntryRules.CheckPort(findings, path, value),
        schema => DescribeRange(schema, 1, EntryRules.HighestPort));

    public static FieldRule<int?> Positive { get; } = new(
        (findings, path, value, _) => EntryRules.CheckPositive(findings, path, value),
        schema => DescribeRange(schema, 1, int.MaxValue));

    public static FieldRule<int?> Seconds { get; } = new(
        (findings, path, value, _) => EntryRules.CheckSeconds(findings, path, value),
        schema => DescribeRange(schema, 1, EntryRules.LongestSeconds));

    /// <summary>A limit that may be none at all.</summary>
    public static FieldRule<int?> SecondsOrNone { get; } = new(
        (findings, path, value, _) => EntryRules.CheckSeconds(findings, path, value, least: 0),
        schema => DescribeRange(schema, 0, EntryRules.LongestSeconds));

    public static FieldRule<double?> Memory { get; } = new(
        (findings, path, value, _) => EntryRules.CheckMemory(findings, path, value),
        schema => schema["minimum"] = 0);

    public static FieldRule<NameList> Texts { get; } = new(
        (findings, path, value, _) => EntryRules.CheckTexts(findings, path, value),
        schema => DescribeText((JsonObject)schema["items"]!));

    public static FieldRule<IdPolicy> Hosts { get; } = new(
        (findings, path, value, known) => EntryRules.CheckPolicy(findings, path, value, known.Hosts, "host"),
        DescribePolicy);

    public static FieldRule<IdPolicy> Backends { get; } = new(
        (findings, path, value, known) => EntryRules.CheckPolicy(findings, path, value, known.Backends, "backend"),
        DescribePolicy);

    public static FieldRule<EnvironmentMap> Variables { get; } = new(
        (findings, path, value, _) => EntryRules.CheckEnvironment(findings, path, value),
        schema =>
        {
            DescribeReference((JsonObject)schema["additionalProperties"]!);
            schema["propertyNames"] = new JsonObject { ["pattern"] = "^[A-Za-z_][A-Za-z0-9_]*$" };
        });

    public static FieldRule<SplitPolicy> Split { get; } = new(
        (findings, path, value, known) => EntryRules.CheckSplit(findings, path, value, known.Hosts),
        schema => DescribeId((JsonObject)schema["properties"]!["hosts"]!["items"]!));

    /// <summary>One of a closed set.</summary>
    public static FieldRule<string> Words(NameList words) => new(
        (findings, path, value, _) => EntryRules.CheckWord(findings, path, value, words),
        schema => DescribeWords(schema, words));

    /// <summary>A text that a command can hold, and that one more check lets pass.</summary>
    /// <param name="check">The check; null for none.</param>
    /// <param name="pattern">What a schema says of it.</param>
    private static FieldRule<string> TextRule(Action<EntryFindings, string, string?>? check = null, string? pattern = null) => new(
        (findings, path, value, _) =>
        {
            check?.Invoke(findings, path, value);
            EntryRules.CheckText(findings, path, value);
        },
        schema =>
        {
            DescribeText(schema);
            if (pattern is not null)
            {
                AddPattern(schema, pattern);
            }
        });

    private static void DescribeId(JsonObject schema)
    {
        AddPattern(schema, IdPattern);
        schema["maxLength"] = EntryRules.LongestId;
    }

    private static void DescribeText(JsonObject schema) => AddPattern(schema, NoNulPattern);

    private static void DescribeReference(JsonObject schema)
    {
        DescribeText(schema);
        AddPattern(schema, ReferencePattern);
    }

    /// <summary>As <see cref="TemplateVariables"/> scans: a name in single braces that no dollar sign stands before is a variable.</summary>
    private static void DescribeCommand(JsonObject schema, NameList variables)
    {
        DescribeText(schema);
        AddPattern(schema, $"^(?![\\s\\S]*(?<![${{])\\{{(?!(?:{string.Join('|', variables)})\\}})[a-z_][a-z0-9_]*\\}}(?!\\}}))");
    }

    private static void DescribeRange(JsonObject schema, int least, int most)
    {
        schema["minimum"] = least;
        schema["maximum"] = most;
    }

    private static void DescribePolicy(JsonObject schema)
    {
        var list = (JsonObject)schema["anyOf"]![1]!;
        list["minItems"] = 1;
        DescribeId((JsonObject)list["items"]!);
    }

    /// <summary>The words; and null, where the type has it.</summary>
    private static void DescribeWords(JsonObject schema, NameList words)
    {
        var all = new JsonArray([.. words.Select(word => (JsonNode?)word)]);
        if (schema["type"] is JsonArray)
        {
            all.Add(null);
        }

        schema["enum"] = all;
    }

    private static void AddPattern(JsonObject schema, string pattern)
    {
        if (schema.TryAdd("pattern", pattern))
        {
            return;
        }

        if (schema["allOf"] is not JsonArray further)
        {
            schema["allOf"] = further = [];
        }

        further.Add(new JsonObject { ["pattern"] = pattern });
    }
}

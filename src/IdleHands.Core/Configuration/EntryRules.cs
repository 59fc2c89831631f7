using IdleHands.Configuration.Json;
using IdleHands.Templates;

namespace IdleHands.Configuration;

/// <summary>Rules of single values, each with a message that has the value and the rule.</summary>
internal static class EntryRules
{
    public const int LongestId = 64;
    public const int HighestPort = 65535;

    /// <summary>What a timer can wait, in seconds: 24 days.</summary>
    public const int LongestSeconds = int.MaxValue / 1000;

    /// <summary>What is known where a host alone is looked at.</summary>
    public static NameList HostVariables { get; } = new("host", "host_id");

    public static void CheckId(EntryFindings findings, string? id)
    {
        if (CheckRequired(findings, "id", id) && !IsId(id!))
        {
            findings.Add("id", $"'{id}' is not an id: lower-case letters, digits and hyphens, a letter or digit first, at most {LongestId} characters.");
        }
    }

    /// <summary>Checks an id that policies name, where the word for all of them would be taken for the word.</summary>
    public static void CheckPolicyId(EntryFindings findings, string? id)
    {
        CheckId(findings, id);
        if (id == IdPolicy.AnyWord)
        {
            findings.Add("id", $"'{id}' is the word that policies use for all, and no id.");
        }
    }

    /// <summary>Checks a text that ends up in a command, a path or an environment, none of which can hold NUL.</summary>
    public static void CheckText(EntryFindings findings, string key, string? value)
    {
        if (value is not null && value.Contains('\0'))
        {
            findings.Add(key, "it holds a NUL character (\\u0000), which no command and no path can.");
        }
    }

    /// <summary>Checks each text of a list.</summary>
    public static void CheckTexts(EntryFindings findings, string key, NameList? values)
    {
        for (int index = 0; index < values?.Count; index++)
        {
            if (values[index].Contains('\0'))
            {
                CheckText(findings, $"{key}[{index}]", values[index]);
            }
        }
    }

    /// <summary>Checks a text that may refer to a secret kept elsewhere. The text itself may be the secret, so it isn't shown.</summary>
    public static void CheckSecret(EntryFindings findings, string key, string? value)
    {
        CheckText(findings, key, value);
        if (value is not null && Secret.IsReference(value) && SecretReference.TryParse(value) is null)
        {
            findings.Add(key, "the reference names no secret; it must be env:NAME or secret://[vault/]name.");
        }
    }

    /// <summary>True when there is a value.</summary>
    public static bool CheckRequired(EntryFindings findings, string key, string? value)
    {
        if (value is not null)
        {
            return true;
        }

        findings.Add(key, "it is missing, and required.");
        return false;
    }

    /// <summary>An amount of memory in GB.</summary>
    public static void CheckMemory(EntryFindings findings, string key, double? value)
    {
        if (value is { } memory && !(memory >= 0 && double.IsFinite(memory)))
        {
            findings.Add(key, FormattableString.Invariant($"{memory} is not an amount of memory in GB."));
        }
    }

    /// <summary>Several hosts for one model.</summary>
    public static void CheckSplit(EntryFindings findings, string key, SplitPolicy? value, Dictionary<string, int> known)
    {
        if (value is null)
        {
            return;
        }

        if (!SplitPolicyText.TryReadHosts(value.Json, out NameList hosts, out string problem))
        {
            findings.Add(key, problem);
        }

        CheckReferences(findings, $"{key}.hosts", hosts, known, "host");
    }

    public static void CheckFilled(EntryFindings findings, string key, string? value)
    {
        if (CheckRequired(findings, key, value) && string.IsNullOrWhiteSpace(value))
        {
            findings.Add(key, "it is empty, and required.");
        }
    }

    public static void CheckWord(EntryFindings findings, string key, string? value, NameList words)
    {
        if (value is not null && !words.Contains(value))
        {
            findings.Add(key, $"'{value}' is not one of: {words}.");
        }
    }

    public static void CheckPort(EntryFindings findings, string key, int? port)
    {
        if (port is < 1 or > HighestPort)
        {
            findings.Add(key, $"port {port} is not between 1 and {HighestPort}.");
        }
    }

    public static void CheckPositive(EntryFindings findings, string key, int? value)
    {
        if (value is < 1)
        {
            findings.Add(key, $"{value} is not greater than 0.");
        }
    }

    /// <summary>A limit in seconds; with <paramref name="least"/> 0 it may also be none at all.</summary>
    public static void CheckSeconds(EntryFindings findings, string key, int? value, int least = 1)
    {
        if (value < least || value > LongestSeconds)
        {
            findings.Add(key, $"{value} is not between {least} and {LongestSeconds} seconds.");
        }
    }

    /// <summary>A command that is run for a host alone, without model and backend.</summary>
    public static void CheckHostCommand(EntryFindings findings, string key, string? command)
    {
        CheckCommand(findings, key, command);
        foreach (TemplateVariable variable in TemplateVariables.Scan(command ?? string.Empty))
        {
            if (TemplateVariables.IsKnown(variable.Name) && !HostVariables.Contains(variable.Name))
            {
                findings.Add(key, $"'{{{variable.Name}}}' is known only with a model or backend. A check command has: {string.Join(", ", HostVariables.Select(known => $"{{{known}}}"))}.");
                return;
            }
        }
    }

    public static void CheckCommand(EntryFindings findings, string key, string? command)
    {
        if (command is null || ReferenceEquals(command, findings.SoundCommand))
        {
            return;
        }

        CheckText(findings, key, command);
        if (TemplateVariables.FindUnknown(command) is not { } name)
        {
            findings.SoundCommand = command;
        }
        else
        {
            findings.Add(key, $"'{{{name}}}' is not a variable. These are: {string.Join(", ", TemplateVariables.All.Select(known => $"{{{known}}}"))}.");
        }
    }

    /// <summary>An address or user that begins with a hyphen would be an option to the ssh client.</summary>
    public static void CheckNoOption(EntryFindings findings, string key, string? value)
    {
        if (value is not null && value.StartsWith('-'))
        {
            findings.Add(key, $"'{value}' begins with a hyphen, which ssh takes for an option.");
        }
    }

    public static void CheckPolicy(EntryFindings findings, string key, IdPolicy? policy, Dictionary<string, int> known, string word)
    {
        if (policy is null)
        {
            findings.Add(key, "it is missing, and required.");
            return;
        }

        if (policy.IsAny)
        {
            return;
        }

        if (policy.Count == 0)
        {
            findings.Add(key, $"the list is empty, which can never be met; it must be \"any\" or name a {word}.");
        }

        CheckReferences(findings, key, policy, known, word);
    }

    public static void CheckReferences(EntryFindings findings, string key, IReadOnlyList<string> ids, Dictionary<string, int> known, string word)
    {
        for (int index = 0; index < ids.Count; index++)
        {
            if (ids[index] is null || !known.ContainsKey(ids[index]))
            {
                findings.Add($"{key}[{index}]", $"there is no {word} '{ids[index]}'.");
            }
        }
    }

    public static void CheckEnvironment(EntryFindings findings, string key, EnvironmentMap? variables)
    {
        if (variables is null)
        {
            return;
        }

        foreach ((string name, string value) in variables)
        {
            CheckSecret(findings, $"{key}.{name}", value);
            if (!IsVariableName(name))
            {
                findings.Add(key, $"'{name}' is not a name of an environment variable: letters, digits and underscores, no digit first.");
            }
        }
    }

    private static bool IsId(string id)
    {
        if (id.Length is 0 or > LongestId || id[0] == '-')
        {
            return false;
        }

        foreach (char character in id)
        {
            if (character is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsVariableName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (char character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_')
            {
                return false;
            }
        }

        return true;
    }
}

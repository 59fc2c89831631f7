using System.Text;
using IdleHands.Configuration.Exchange;
using IdleHands.Yaml;

namespace IdleHands.Core.Tests.Configuration.Exchange;

/// <summary>Files to import, without files.</summary>
internal static class Yaml
{
    public const string FileName = "fleet.yaml";

    public static ImportSource Source(string text)
    {
        try
        {
            return ImportSource.FromNode(FileName, YamlReader.Read(text));
        }
        catch (SourceException exception)
        {
            return ImportSource.Unreadable(FileName, exception.Message, exception.Position);
        }
    }

    public static ImportPlan Import(RuntimeConfiguration before, bool isReplacing, params string[] texts) =>
        ImportPlan.Make(before, [.. texts.Select(Source)], isReplacing);

    /// <summary>The configuration that a valid text means.</summary>
    public static RuntimeConfiguration Read(string text, bool allowWarnings = false)
    {
        ImportPlan plan = Import(RuntimeConfiguration.Empty, isReplacing: true, text);
        Assert.DoesNotContain(plan.Findings, found => !allowWarnings || found.Finding.Severity == ConfigurationFinding.Error);
        return plan.After;
    }

    public static RuntimeConfiguration ReadJson(string text)
    {
        ImportPlan plan = ImportPlan.Make(RuntimeConfiguration.Empty, [ImportSource.FromJson("fleet.json", Encoding.UTF8.GetBytes(text))], isReplacing: true);
        Assert.Empty(plan.Findings.Select(found => found.Finding));
        return plan.After;
    }

    /// <summary>The one finding of a text.</summary>
    public static ConfigurationFinding Finding(string text) =>
        Assert.Single(Import(RuntimeConfiguration.Empty, isReplacing: true, text).Findings).Finding;

    /// <summary>A model with this in it, from line 3, indented by four.</summary>
    public static string Model(params string[] lines) => string.Join('\n', [
        "schema_version: 1", "models:",
        "  - id: m", "    display_name: M", "    enabled: true", "    source: /m.gguf",
        "    launch:", "      start_cmd: serve", .. lines.Select(line => "    " + line), string.Empty]);
}

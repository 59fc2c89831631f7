using System.Globalization;
using System.Text;

namespace IdleHands.HelpGenerator;

/// <summary>Writes one page for each cmdlet, and a table of them all.</summary>
internal static class MarkdownWriter
{
    /// <summary>File names and texts of all pages.</summary>
    public static IReadOnlyDictionary<string, string> Write(IReadOnlyList<CmdletHelp> cmdlets)
    {
        var pages = cmdlets.ToDictionary(cmdlet => cmdlet.Name + ".md", Page, StringComparer.Ordinal);
        pages["README.md"] = Index(cmdlets);
        return pages;
    }

    private static string Index(IReadOnlyList<CmdletHelp> cmdlets)
    {
        var page = new StringBuilder();
        page.Append("# Cmdlets\n\nWritten by the build from the documentation in the code, as `Get-Help` shows it.\n\n");
        page.Append("| Cmdlet | What it does |\n|---|---|\n");
        foreach (CmdletHelp cmdlet in cmdlets)
        {
            page.Append(CultureInfo.InvariantCulture, $"| [{cmdlet.Name}]({cmdlet.Name}.md) | {Cell(cmdlet.Synopsis)} |\n");
        }

        return page.ToString();
    }

    private static string Page(CmdletHelp cmdlet)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"# {cmdlet.Name}\n\n{cmdlet.Synopsis}\n");
        page.Append("\n## Syntax\n\n```powershell\n");
        page.AppendJoin("\n\n", cmdlet.ParameterSets.Select(set => Syntax(cmdlet, set)));
        page.Append("\n```\n");
        if (cmdlet.Description.Count > 0)
        {
            page.Append("\n## Description\n\n").Append(Blocks(cmdlet.Description));
        }

        page.Append("\n## Examples\n");
        foreach ((ExampleHelp example, int index) in cmdlet.Examples.Select((example, index) => (example, index)))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n### Example {index + 1}\n\n```powershell\n{example.Code}\n```\n");
            page.Append(example.Remarks.Count > 0 ? "\n" : string.Empty).Append(Blocks(example.Remarks));
        }

        page.Append("\n## Parameters\n");
        foreach (ParameterHelp parameter in cmdlet.Parameters)
        {
            Parameter(page, cmdlet, parameter);
        }

        page.Append("\nThe cmdlet takes the common parameters too; see `Get-Help about_CommonParameters`.\n");
        if (cmdlet.OutputTypes.Count > 0)
        {
            page.Append("\n## Output\n\n").AppendJoin('\n', cmdlet.OutputTypes.Select(type => $"- `{type}`")).Append('\n');
        }

        if (cmdlet.Links.Count > 0)
        {
            page.Append("\n## Related\n\n").AppendJoin('\n', cmdlet.Links.Select(Link)).Append('\n');
        }

        return page.ToString();
    }

    private static void Parameter(StringBuilder page, CmdletHelp cmdlet, ParameterHelp parameter)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n### -{parameter.Name}\n\n{Blocks(parameter.Description)}\n");
        page.Append(CultureInfo.InvariantCulture, $"Type `{parameter.TypeName}`");
        if (parameter.Aliases.Count > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $" · alias {Codes(parameter.Aliases)}");
        }

        if (parameter.AcceptedValues.Count > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $" · one of {Codes(parameter.AcceptedValues)}");
        }

        if (parameter.DefaultValue is not null)
        {
            page.Append(CultureInfo.InvariantCulture, $" · default `{parameter.DefaultValue}`");
        }

        page.Append(parameter.Wildcards ? " · wildcards" : string.Empty).Append('\n');
        if (parameter.Name is "WhatIf" or "Confirm")
        {
            return;
        }

        page.Append("\n| Parameter set | Required | Position | Pipeline input |\n|---|---|---|---|\n");
        (string Set, string Binding)[] rows = cmdlet.ParameterSets
            .SelectMany(set => set.Parameters
                .Where(use => use.Parameter.Name == parameter.Name)
                .Select(use => (set.Name, $"{(use.Mandatory ? "yes" : "no")} | {use.PositionText} | {Pipeline(use)}")))
            .ToArray();
        bool sameEverywhere = rows.Length == cmdlet.ParameterSets.Count && rows.DistinctBy(row => row.Binding).Count() == 1;
        foreach ((string set, string binding) in sameEverywhere ? [("all", rows[0].Binding)] : rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {set} | {binding} |\n");
        }
    }

    private static string Syntax(CmdletHelp cmdlet, ParameterSetHelp set)
    {
        const int Width = 100;
        var text = new StringBuilder(cmdlet.Name);
        int column = cmdlet.Name.Length;
        foreach (string part in set.Parameters.Select(Syntax).Append("[<CommonParameters>]"))
        {
            bool wrap = column + part.Length + 1 > Width;
            text.Append(wrap ? "\n    " : " ").Append(part);
            column = wrap ? part.Length + 4 : column + part.Length + 1;
        }

        return text.ToString();
    }

    private static string Syntax(ParameterUse use)
    {
        ParameterHelp parameter = use.Parameter;
        if (parameter.IsSwitch)
        {
            return use.Mandatory ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        }

        string value = parameter.AcceptedValues.Count > 0 ? string.Join('|', parameter.AcceptedValues) : parameter.TypeName;
        string name = use.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        return use.Mandatory ? $"{name} <{value}>" : $"[{name} <{value}>]";
    }

    private static string Blocks(IReadOnlyList<HelpBlock> blocks)
    {
        var text = new StringBuilder();
        for (int index = 0; index < blocks.Count; index++)
        {
            HelpBlock block = blocks[index];
            bool insideList = index > 0 && block.Kind == HelpBlockKind.Item && blocks[index - 1].Kind == HelpBlockKind.Item;
            text.Append(index == 0 || insideList ? string.Empty : "\n").Append(Block(block)).Append('\n');
        }

        return text.ToString();
    }

    private static string Block(HelpBlock block) => block.Kind switch
    {
        HelpBlockKind.Item => "- " + block.Markdown,
        HelpBlockKind.Code => $"```powershell\n{block.Markdown}\n```",
        _ => block.Markdown,
    };

    private static string Link(LinkHelp link) => link switch
    {
        { IsCmdlet: true } => $"- [{link.Text}]({link.Text}.md)",
        { Address: not null } => $"- [{link.Text}]({link.Address})",
        _ => $"- `{link.Text}`",
    };

    private static string Pipeline(ParameterUse use) => (use.ByValue, use.ByPropertyName) switch
    {
        (true, true) => "by value, by property name",
        (true, false) => "by value",
        (false, true) => "by property name",
        _ => "no",
    };

    private static string Codes(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static string Cell(string text) => text.Replace("|", @"\|", StringComparison.Ordinal);
}

using System.Globalization;

namespace IdleHands.Benchmarks;

/// <summary>Prints results as a table that can be pasted into Markdown.</summary>
internal static class ResultTable
{
    public static void Write(TextWriter output, IReadOnlyList<Comparison> comparisons)
    {
        string[] heads = ["what", "median, ms", "baseline, ms", "ratio", "at most", "holds", "note"];
        List<string[]> rows = [heads, .. comparisons.Select(Cells)];
        int[] widths = [.. heads.Select((_, column) => rows.Max(row => row[column].Length))];
        rows.Insert(1, [.. widths.Select((width, column) => IsNumber(column) ? new string('-', width - 1) + ":" : new string('-', width))]);
        foreach (string[] row in rows)
        {
            output.WriteLine("| " + string.Join(" | ", row.Select((cell, column) => Pad(cell, column, widths[column]))) + " |");
        }
    }

    private static string[] Cells(Comparison comparison) =>
    [
        comparison.Name,
        comparison.Subject.ToString("0.00", CultureInfo.InvariantCulture),
        comparison.Baseline.ToString("0.00", CultureInfo.InvariantCulture),
        comparison.Ratio.ToString("0.00", CultureInfo.InvariantCulture),
        comparison.Limit?.ToString("0.00", CultureInfo.InvariantCulture) ?? "",
        comparison.Holds ? "yes" : "NO",
        comparison.Note ?? "",
    ];

    private static bool IsNumber(int column) => column is >= 1 and <= 4;

    private static string Pad(string cell, int column, int width) => IsNumber(column) ? cell.PadLeft(width) : cell.PadRight(width);
}

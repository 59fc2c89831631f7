using System.Management.Automation;

namespace IdleHands.Samples.Quickstart;

/// <summary>Shows progress: in a terminal one line that is written over and goes at the end, else a line a second.</summary>
/// <param name="writer">Where it is shown.</param>
/// <param name="width">Width of the terminal; null where there is none.</param>
internal sealed class ProgressLine(TextWriter writer, int? width)
{
    private const int BarWidth = 20;
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(1);
    private string _shown = string.Empty;
    private long _shownAt;

    /// <summary>Shows a record, or takes its line away when it is complete.</summary>
    public void Show(ProgressRecord record)
    {
        if (record.RecordType == ProgressRecordType.Completed)
        {
            Erase();
            _shown = string.Empty;
            return;
        }

        string text = TextOf(record);
        if (width is { } limit)
        {
            string line = text.Length < limit ? text : text[..(limit - 1)];
            writer.Write("\r" + line + "\e[K");
            writer.Flush();
            _shown = line;
        }
        else if (text != _shown && (_shown.Length == 0 || TimeProvider.System.GetElapsedTime(_shownAt) >= PlainInterval))
        {
            writer.WriteLine("  " + text);
            writer.Flush();
            _shown = text;
            _shownAt = TimeProvider.System.GetTimestamp();
        }
    }

    /// <summary>Frees the line for something else.</summary>
    public void Erase()
    {
        if (width is not null && _shown.Length > 0)
        {
            writer.Write("\r\e[K");
            writer.Flush();
            _shown = string.Empty;
        }
    }

    private static string TextOf(ProgressRecord record)
    {
        string text = $"{record.Activity}: {record.StatusDescription}";
        if (record.PercentComplete >= 0)
        {
            int filled = Math.Min(record.PercentComplete, 100) * BarWidth / 100;
            text += $" [{new string('#', filled)}{new string('-', BarWidth - filled)}]";
        }

        return text.ReplaceLineEndings(" ");
    }
}

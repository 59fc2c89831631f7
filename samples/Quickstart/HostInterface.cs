using System.Management.Automation;
using System.Management.Automation.Host;

namespace IdleHands.Samples.Quickstart;

/// <summary>
/// Writes what the engine has to say. In a terminal with colours and one line of progress that is written over; else
/// as plain lines. What it asks is in the other half of this class.
/// </summary>
internal sealed partial class HostInterface : PSHostUserInterface, IDisposable
{
    private const string Red = "\e[31;1m";
    private const string Yellow = "\e[33;1m";
    private const string Reset = "\e[0m";
    private readonly Lock _gate = new();
    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly ProgressLine _progress;
    private readonly bool _colours;

    /// <param name="output">Where output goes.</param>
    /// <param name="errors">Where errors, warnings and progress go.</param>
    /// <param name="mayAsk">False: a question is an error.</param>
    public HostInterface(TextWriter output, TextWriter errors, bool mayAsk)
    {
        _output = output;
        _errors = errors;
        _mayAsk = mayAsk;
        bool isTerminal = output == Console.Out && !Console.IsOutputRedirected && !Console.IsErrorRedirected;
        _colours = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        RawUI = new HostRawInterface(isTerminal);
        _progress = new ProgressLine(errors, isTerminal ? RawUI.BufferSize.Width : null);
    }

    /// <summary>How many lines of errors were shown.</summary>
    public int ErrorLines { get; private set; }

    public override PSHostRawUserInterface RawUI { get; }

    public override bool SupportsVirtualTerminal => _colours;

    public override void Write(string value) => WriteTo(_output, value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => WriteTo(_output, value);

    public override void WriteLine(string value) => WriteTo(_output, value + "\n");

    public override void WriteErrorLine(string value)
    {
        ErrorLines++;
        WriteTo(_errors, Coloured(Red, value) + "\n");
    }

    public override void WriteWarningLine(string message) => WriteTo(_errors, Coloured(Yellow, "WARNING: " + message) + "\n");

    public override void WriteVerboseLine(string message) => WriteTo(_errors, Coloured(Yellow, "VERBOSE: " + message) + "\n");

    public override void WriteDebugLine(string message) => WriteTo(_errors, Coloured(Yellow, "DEBUG: " + message) + "\n");

    /// <summary>What is meant for the console is written to it by the engine itself.</summary>
    public override void WriteInformation(InformationRecord record)
    {
        if (!record.Tags.Contains("PSHOST"))
        {
            WriteLine(record.ToString());
        }
    }

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (_gate)
        {
            _progress.Show(record);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _progress.Erase();
        }
    }

    private void WriteTo(TextWriter writer, string value)
    {
        lock (_gate)
        {
            _progress.Erase();
            writer.Write(GetOutputString(value, _colours));
            writer.Flush();
        }
    }

    private string Coloured(string colour, string text) => _colours ? colour + text + Reset : text;
}

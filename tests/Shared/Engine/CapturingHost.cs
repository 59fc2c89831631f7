using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace IdleHands.Testing;

/// <summary>A console that keeps what is written to it, and answers choices from a list; nothing else that is asked.</summary>
/// <param name="columns">How wide it is.</param>
internal sealed class CapturingHost(int columns = 100) : PSHost
{
    private readonly CapturingUI _ui = new(columns);

    public IReadOnlyList<string> Lines => _ui.Lines;

    public IReadOnlyList<string> Warnings => _ui.Warnings;

    /// <summary>The answers to choices, by their key letter; a null interrupts. Where there is none left, the console can't ask.</summary>
    public Queue<string?> Answers => _ui.Answers;

    /// <summary>Stops the pipeline, as Ctrl-C at a question does.</summary>
    public Action Interrupt { get => _ui.Interrupt; set => _ui.Interrupt = value; }

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "tests";

    public override PSHostUserInterface UI => _ui;

    public override Version Version { get; } = new(1, 0);

    public void Clear() => _ui.Lines.Clear();

    public override void EnterNestedPrompt()
    {
    }

    public override void ExitNestedPrompt()
    {
    }

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode)
    {
    }

    private sealed class CapturingUI(int columns) : PSHostUserInterface
    {
        public List<string> Lines { get; } = [];

        public List<string> Warnings { get; } = [];

        public Queue<string?> Answers { get; } = [];

        public Action Interrupt { get; set; } = () => { };

        public override PSHostRawUserInterface RawUI { get; } = new RawUI(columns);

        public override void Write(string value) => Lines.Add(Rendered(value));

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Lines.Add(Rendered(value));

        public override void WriteLine(string value) => Lines.Add(Rendered(value));

        public override void WriteErrorLine(string value) => Lines.Add(value);

        public override void WriteDebugLine(string message)
        {
        }

        public override void WriteProgress(long sourceId, ProgressRecord record)
        {
        }

        public override void WriteVerboseLine(string message)
        {
        }

        public override void WriteWarningLine(string message) => Warnings.Add(message);

        public override Dictionary<string, PSObject> Prompt(string caption, string message, System.Collections.ObjectModel.Collection<FieldDescription> descriptions) => throw NoQuestions();

        public override int PromptForChoice(string caption, string message, System.Collections.ObjectModel.Collection<ChoiceDescription> choices, int defaultChoice)
        {
            if (!Answers.TryDequeue(out string? answer))
            {
                throw NoQuestions();
            }

            Lines.Add($"{caption}\n{message}\n{string.Join(' ', choices.Select(choice => choice.Label))} (default {KeyOf(choices[defaultChoice])}): {answer ?? "^C"}");
            if (answer is null)
            {
                Interrupt();
                throw new PipelineStoppedException();
            }

            return choices.Select(KeyOf).ToList().IndexOf(answer) is >= 0 and var index ? index : throw new InvalidOperationException($"'{answer}' is no answer to: {message}");
        }

        private static string KeyOf(ChoiceDescription choice) => choice.Label[(choice.Label.IndexOf('&', StringComparison.Ordinal) + 1)..][..1];

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw NoQuestions();

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw NoQuestions();

        public override string ReadLine() => throw NoQuestions();

        public override SecureString ReadLineAsSecureString() => throw NoQuestions();

        /// <summary>As a console of today shows it by <c>$PSStyle.OutputRendering</c>.</summary>
        private static string Rendered(string text) => GetOutputString(text, supportsVirtualTerminal: true);

        /// <summary>What a console in a non-interactive session throws.</summary>
        private static HostException NoQuestions() => new("This session can't ask.");
    }

    private sealed class RawUI(int columns) : PSHostRawUserInterface
    {
        public override ConsoleColor BackgroundColor { get; set; }

        public override Size BufferSize { get; set; } = new(columns, 50);

        public override Coordinates CursorPosition { get; set; }

        public override int CursorSize { get; set; }

        public override ConsoleColor ForegroundColor { get; set; }

        public override bool KeyAvailable => false;

        public override Size MaxPhysicalWindowSize => BufferSize;

        public override Size MaxWindowSize => BufferSize;

        public override Coordinates WindowPosition { get; set; }

        public override Size WindowSize { get; set; } = new(columns, 50);

        public override string WindowTitle { get; set; } = string.Empty;

        public override void FlushInputBuffer()
        {
        }

        public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

        public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

        public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw new NotSupportedException();

        public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException();

        public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException();
    }
}

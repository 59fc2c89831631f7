using System.Management.Automation.Host;

namespace IdleHands.Samples.Quickstart;

/// <summary>Tells the engine how wide a line may be. The rest of a console's inside it doesn't need to know.</summary>
internal sealed class HostRawInterface(bool isTerminal) : PSHostRawUserInterface
{
    private const int DefaultWidth = 120;
    private const int DefaultHeight = 50;
    private readonly Size _size = isTerminal && Console.WindowWidth > 0 ? new Size(Console.WindowWidth, Console.WindowHeight) : new Size(DefaultWidth, DefaultHeight);

    public override Size BufferSize
    {
        get => _size;
        set => throw new NotSupportedException();
    }

    public override Size WindowSize
    {
        get => _size;
        set => throw new NotSupportedException();
    }

    public override Size MaxWindowSize => _size;

    public override Size MaxPhysicalWindowSize => _size;

    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override Coordinates CursorPosition { get; set; }

    public override Coordinates WindowPosition { get; set; }

    public override int CursorSize { get; set; } = 25;

    public override string WindowTitle { get; set; } = string.Empty;

    public override bool KeyAvailable => false;

    public override void FlushInputBuffer()
    {
    }

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException();

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
        throw new NotSupportedException();
}

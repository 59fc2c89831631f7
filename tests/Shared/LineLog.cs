namespace IdleHands.Testing;

/// <summary>The lines that a program prints, as they come; what they say can be awaited.</summary>
public sealed class LineLog
{
    private readonly List<string> _lines = [];
    private TaskCompletionSource _grew = NewSignal();
    private bool _ended;

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>How many of the lines so far hold this text.</summary>
    public int Count(string text)
    {
        lock (_lines)
        {
            return _lines.Count(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>Adds a line; null says that no more will come, until <see cref="Reopen"/>.</summary>
    public void Append(string? line)
    {
        lock (_lines)
        {
            if (line is null)
            {
                _ended = true;
            }
            else
            {
                _lines.Add(line);
            }

            _grew.SetResult();
            _grew = NewSignal();
        }
    }

    /// <summary>Says that another program will print into it.</summary>
    public void Reopen()
    {
        lock (_lines)
        {
            _ended = false;
        }
    }

    /// <summary>Waits until at least this many lines hold a text.</summary>
    /// <exception cref="InvalidOperationException">The program ended before; the message holds the log.</exception>
    public async Task WaitForAsync(string text, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grew;
            lock (_lines)
            {
                if (Count(text) >= count)
                {
                    return;
                }

                if (_ended)
                {
                    throw new InvalidOperationException($"The program ended before it logged '{text}':\n{string.Join('\n', _lines)}");
                }

                grew = _grew.Task;
            }

            await grew.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

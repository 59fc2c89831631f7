namespace IdleHands.Samples.Quickstart;

/// <summary>A prompt: a line in, a command run, its output shown, until <c>exit</c> or the end of the input.</summary>
internal sealed class Prompt(Engine engine, QuickstartHost host, Signals signals)
{
    private const string Sign = "PS> ";

    public void Run(Workspace workspace)
    {
        Console.Out.WriteLine("PowerShell with IdleHands. 'exit' ends it, Ctrl-C stops the running command.");
        Console.Out.WriteLine($"Configuration in {workspace.ConfigurationDirectory}");
        Console.Out.WriteLine("To try it: 'sample-server' is on the PATH, $model is a file that it loads.");
        while (host.ExitCode is null && Read() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                engine.Run(line, signals.NextInterrupt().Token);
            }
            catch (OperationCanceledException)
            {
                Console.Out.WriteLine();
            }
        }
    }

    /// <summary>The next line; null when there is none, or the program is to end.</summary>
    private string? Read()
    {
        if (signals.End.IsCancellationRequested)
        {
            return null;
        }

        Console.Out.Write(Sign);
        using CancellationTokenRegistration again = signals.NextInterrupt().Token.Register(OnInterrupt);
        try
        {
            // Read on another thread: nothing else lets a signal end the wait for a line.
            Task<string?> line = Task.Run(Console.In.ReadLine);
            line.Wait(signals.End);
            if (Console.IsInputRedirected && line.Result is { } text)
            {
                Console.Out.WriteLine(text);
            }

            return line.Result;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void OnInterrupt() => Console.Out.Write(signals.End.IsCancellationRequested ? "\n" : "\n" + Sign);
}

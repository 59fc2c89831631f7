using System.Diagnostics;

namespace IdleHands.Testing;

/// <summary>What a program that was run to its end gave.</summary>
public sealed record ToolRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program to its end; when the token is cancelled, it is killed.</summary>
    /// <param name="program">Its path, or its name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads; nothing by default.</param>
    /// <param name="environment">Variables set for it, beside those of this process.</param>
    /// <param name="cancellationToken">Ends the wait and the program.</param>
    public static async Task<ToolRun> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        string input = "",
        IReadOnlyDictionary<string, string>? environment = null,
        CancellationToken cancellationToken = default)
    {
        using var process = new Process { StartInfo = StartInfo(program, arguments, environment) };
        process.Start();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await WriteAsync(process, input);
            await process.WaitForExitAsync(cancellationToken);
            return new ToolRun(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>How a program is started whose three streams are ours.</summary>
    public static ProcessStartInfo StartInfo(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Itself, where the program ended with 0.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message holds what it printed.</exception>
    public ToolRun OrThrow(string what) => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"{what} ended with {ExitCode}: {Error}{Output}");

    /// <summary>The path of a program: in the directories of PATH, then in those of system programs; null where it isn't.</summary>
    public static string? Find(string name)
    {
        string[] directories =
        [
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            "/usr/sbin", "/usr/local/sbin", "/sbin",
        ];
        return directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
    }

    private static async Task WriteAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it; its exit code tells.
        }
    }
}

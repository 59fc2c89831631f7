using System.Diagnostics;

namespace IdleHands.Core.Tests.Templates;

/// <summary>Runs a command in a real shell, in an empty directory of its own.</summary>
internal sealed class ShellRun : IDisposable
{
    public ShellRun() => Directory = System.IO.Directory.CreateTempSubdirectory("idlehands-shell-").FullName;

    public string Directory { get; }

    /// <summary>A command that prints each of its arguments followed by a NUL.</summary>
    public const string PrintArguments = "printf '%s\\0'";

    /// <summary>True where this shell can be started.</summary>
    public static bool IsHere(string shell) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator)
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, shell)));

    /// <summary>What the command wrote; it must end with 0 and write nothing to its error output.</summary>
    public async Task<string> RunAsync(string shell, string command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(shell)
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.Equal(string.Empty, await error);
        Assert.Equal(0, process.ExitCode);
        return await output;
    }

    /// <summary>The arguments that <see cref="PrintArguments"/> printed.</summary>
    public static string[] Split(string output) => output.Split('\0')[..^1];

    /// <summary>Fails where the command made a file.</summary>
    public void AssertNothingWasExecuted() => Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(Directory));

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

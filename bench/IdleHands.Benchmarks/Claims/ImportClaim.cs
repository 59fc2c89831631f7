using System.Diagnostics;
using System.Globalization;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// Import-Module of the staged module, beside a module with one cmdlet and one view. Each sample is a process of its own
/// that imports once: an import is only ever paid cold.
/// </summary>
internal sealed class ImportClaim : IClaim
{
    /// <summary>First argument of this program when it is such a process.</summary>
    public const string WorkerArgument = "import-worker";

    private const double Limit = 2;

    public string Name => "import";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        int rounds = quick ? 5 : 25;
        var comparisons = new List<Comparison> { await CompareAsync("hosted engine", HostedAsync, rounds) };
        if (FindShell() is { } shell)
        {
            comparisons.Add(await CompareAsync("pwsh", manifest => ShellAsync(shell, manifest), rounds));
        }
        else
        {
            Console.Error.WriteLine("import: there is no pwsh on the PATH, so only the hosted engine is measured.");
        }

        return comparisons;
    }

    /// <summary>What a process started by <see cref="HostedAsync"/> does.</summary>
    public static void Work(string manifest)
    {
        using var engine = new HostedEngine();
        long start = Stopwatch.GetTimestamp();
        engine.Import(manifest);
        Console.Out.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<Comparison> CompareAsync(string where, Func<string, Task<double>> sample, int rounds)
    {
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => sample(BuiltFiles.StagedModule),
            () => sample(BuiltFiles.EmptyModule),
            warmUps: 2,
            rounds);
        return new($"Import-Module / an empty module, {where}", subject, baseline, Limit);
    }

    private static Task<double> HostedAsync(string manifest) =>
        RunAsync(Environment.ProcessPath!, [WorkerArgument, manifest]);

    private static Task<double> ShellAsync(string shell, string manifest) => RunAsync(
        shell,
        ["-NoProfile", "-NonInteractive", "-Command", $"(Measure-Command {{ Import-Module '{manifest}' }}).TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"]);

    private static async Task<double> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? double.Parse(output.Trim(), CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output}");
    }

    private static string? FindShell()
    {
        string name = OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh";
        return (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
    }
}

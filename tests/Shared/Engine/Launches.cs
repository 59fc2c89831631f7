using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace IdleHands.Testing;

/// <summary>
/// Processes that were launched on behalf of a state directory: the launch id stands in their environment, and so does
/// the directory, or <see cref="Mark"/> where the host is reached another way. Only Linux shows another process's
/// environment; elsewhere nothing is found.
/// </summary>
internal static class Launches
{
    /// <summary>Variable that gives the state directory to what runs on a host that has another one of its own.</summary>
    public const string Mark = "IDLEHANDS_TEST_STATE";

    private const string LaunchVariable = "IDLEHANDS_LAUNCH_ID=";

    /// <summary>The launch of each process that lives.</summary>
    public static IReadOnlyDictionary<int, string> Of(string stateDirectory)
    {
        var found = new Dictionary<int, string>();
        if (!OperatingSystem.IsLinux())
        {
            return found;
        }

        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && ReadEnvironment(directory) is var environment
                && Array.Exists(environment, variable => variable == $"IDLEHANDS_STATE_DIR={stateDirectory}" || variable == $"{Mark}={stateDirectory}")
                && Array.Find(environment, variable => variable.StartsWith(LaunchVariable, StringComparison.Ordinal)) is { } launch)
            {
                found[id] = launch[LaunchVariable.Length..];
            }
        }

        return found;
    }

    /// <summary>Waits until nothing but this launch is left (null: nothing at all). What a killed parent left needs its time to see that.</summary>
    public static async Task WaitForOnlyAsync(string stateDirectory, string? launchId, TimeSpan limit, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (Of(stateDirectory).Values.Where(launch => launch != launchId).ToArray() is { Length: > 0 } others)
        {
            Assert.True(clock.Elapsed < limit, $"Beside {launchId ?? "nothing"} there runs {string.Join(", ", others)}.");
            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Ends all of them.</summary>
    public static void End(string stateDirectory) => End(Of(stateDirectory).Keys);

    /// <summary>Ends processes, and waits until they are gone.</summary>
    public static void End(IEnumerable<int> processIds)
    {
        foreach (int id in processIds)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
                process.WaitForExit();
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has just ended.
            }
        }
    }

    private static string[] ReadEnvironment(string processDirectory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(processDirectory, "environ")).Split('\0');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

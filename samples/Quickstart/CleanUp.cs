using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using System.Text;

namespace IdleHands.Samples.Quickstart;

/// <summary>Stops what runs under the temporary state directory, and makes sure that it is gone.</summary>
internal sealed class CleanUp(Engine engine, Workspace workspace)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>Does it; false where a process had to be killed, because then the orderly way has failed.</summary>
    public bool Run()
    {
        List<Process> recorded = [];
        bool stopped = true;
        if (Directory.Exists(workspace.StateDirectory))
        {
            stopped = engine.ImportModule();
            recorded = FindRecorded();
            stopped &= engine.Run("Stop-IHRuntime -Force -Confirm:$false", CancellationToken.None);
        }

        var clock = Stopwatch.StartNew();
        List<Process> left = FindLeft(recorded);
        while (left.Count > 0 && clock.Elapsed < Grace)
        {
            Thread.Sleep(50);
            left = FindLeft(recorded);
        }

        foreach (Process process in left)
        {
            Console.Error.WriteLine($"Process {process.Id} did not end by itself and is killed.");
            process.Kill(entireProcessTree: true);
        }

        // What is killed is there until it is next scheduled.
        left.ForEach(process => process.WaitForExit(Grace));

        return stopped && left.Count == 0;
    }

    /// <summary>The processes that the module has on record.</summary>
    private List<Process> FindRecorded()
    {
        try
        {
            return [.. engine.Query("(Get-IHRuntime).ProcessId").Select(id => id?.BaseObject).OfType<int>().Select(Open).OfType<Process>()];
        }
        catch (RuntimeException)
        {
            return [];
        }
    }

    /// <summary>
    /// What still runs of them; on Linux also what nobody has on record: every process started from here inherits the
    /// name of the temporary directory, and no other process knows it.
    /// </summary>
    private List<Process> FindLeft(List<Process> recorded)
    {
        if (!OperatingSystem.IsLinux())
        {
            return recorded.FindAll(process => !process.HasExited);
        }

        string mark = $"IDLEHANDS_STATE_DIR={workspace.StateDirectory}\0";
        var left = new List<Process>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int id) && id != Environment.ProcessId
                && ReadEnvironment(directory).Contains(mark, StringComparison.Ordinal)
                && Open(id) is { } process)
            {
                left.Add(process);
            }
        }

        return left;
    }

    private static string ReadEnvironment(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "environ"), Encoding.UTF8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    private static Process? Open(int id)
    {
        try
        {
            var process = Process.GetProcessById(id);

            // Asked for now, so that a later process of this number is not taken for it.
            return process.HasExited ? null : process;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}

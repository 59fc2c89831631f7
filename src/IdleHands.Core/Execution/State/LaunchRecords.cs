using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>
/// A record of each launch that may still run, one file each, beside the state file. It is written before the launch is
/// let go and taken away when the launch is known to be gone, so that a state file that is lost, broken or restored from
/// a backup costs nothing: what runs is found again, and nothing that was started here is left behind.
/// </summary>
/// <param name="directory">The directory of the records.</param>
/// <param name="machineId">This machine: a home on a network share shows other machines' records too.</param>
internal sealed class LaunchRecords(string directory, string machineId)
{
    private const string Extension = ".json";

    /// <summary>Opens the records of this machine.</summary>
    public LaunchRecords(string directory)
        : this(directory, MachineIdentity.Current)
    {
    }

    /// <summary>The records of this machine, the launch that was made last first. A file that says nothing is no record.</summary>
    public IReadOnlyList<ActiveRuntime> ReadAll() => Files()
        .Select(TryRead)
        .OfType<ActiveRuntime>()
        .Where(runtime => runtime.Launch is not null)
        .OrderByDescending(runtime => runtime.StartedAt)
        .ThenByDescending(runtime => runtime.Launch!.LaunchId, StringComparer.Ordinal)
        .ToArray();

    /// <summary>Ids of all launches that have a record, those of other machines too.</summary>
    public IEnumerable<string> ReadIds() => Files().Select(file => Path.GetFileNameWithoutExtension(file));

    /// <summary>Writes a launch down, or what has become known of it since.</summary>
    /// <exception cref="IdleHandsException"><c>StateNotWritable</c>.</exception>
    public void Write(ActiveRuntime runtime)
    {
        if (PathOf(runtime.Launch) is { } path)
        {
            new ActiveRuntimeStore(path, machineId).Write(runtime);
        }
    }

    /// <summary>Forgets a launch that is gone. One that can't be forgotten now is seen to be gone at the next look.</summary>
    public void Remove(LaunchRecord? launch)
    {
        if (PathOf(launch) is { } path)
        {
            PrivateFiles.TryDelete(path);
        }
    }

    /// <summary>None for what was not launched here: without its record it is a stranger again, which is the truth.</summary>
    private string? PathOf(LaunchRecord? launch) =>
        launch is { IsAdopted: false } ? Path.Combine(directory, launch.LaunchId + Extension) : null;

    private string[] Files()
    {
        try
        {
            return Directory.Exists(directory) ? Directory.GetFiles(directory, "*" + Extension) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Nothing was launched yet, or nothing may be read.
        }
    }

    private ActiveRuntime? TryRead(string path)
    {
        try
        {
            return new ActiveRuntimeStore(path, machineId).Read();
        }
        catch (IdleHandsException)
        {
            return null;
        }
    }
}

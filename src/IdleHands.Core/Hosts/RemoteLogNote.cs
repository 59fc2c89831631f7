using System.Text;

namespace IdleHands.Hosts;

/// <summary>
/// Stands among the logs of this machine for one that lies on another host, so that it is found when its launch is not
/// recorded any more. It is kept within the same bounds as a log.
/// </summary>
/// <param name="HostId">The host.</param>
/// <param name="Path">The log there.</param>
internal sealed record RemoteLogNote(string HostId, string Path)
{
    /// <summary>What the name of its file ends with, behind the id of the launch.</summary>
    public const string Ending = ".host";

    /// <summary>Leaves a note of a launch. That it can't be written is nobody's failure.</summary>
    public static void TryWrite(string directory, string hostId, LaunchRecord launch)
    {
        if (launch.LogPath is not { } path)
        {
            return;
        }

        try
        {
            PrivateFiles.CreateDirectory(directory);
            PrivateFiles.Replace(System.IO.Path.Combine(directory, launch.LaunchId + Ending), Encoding.UTF8.GetBytes($"{hostId}\n{path}\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The log can be read while its launch is recorded.
        }
    }

    /// <summary>The note of a launch; null where there is none, or none that can be read.</summary>
    public static RemoteLogNote? TryRead(LaunchLog log)
    {
        try
        {
            return log.Files.FirstOrDefault(file => file.EndsWith(Ending, StringComparison.Ordinal)) is { } file
                && File.ReadAllText(file).Split('\n', 2) is [{ Length: > 0 } hostId, { Length: > 1 } path]
                ? new RemoteLogNote(hostId, path.TrimEnd('\n'))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

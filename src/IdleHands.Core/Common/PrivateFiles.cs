namespace IdleHands;

/// <summary>Files and directories for their owner alone: 0600 and 0700. On Windows the profile's access list does that.</summary>
internal static class PrivateFiles
{
    /// <summary>Makes a directory, its missing parents included.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Replaces a file at once: whoever reads it sees the old content or the new.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream file = Create(temporary))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Throws, as the file system does, when no file can be made in a directory.</summary>
    public static void CheckWritable(string directory)
    {
        string proof = Path.Combine(directory, $".{Environment.ProcessId}-{Guid.NewGuid():N}.tmp");
        using (Create(proof))
        {
        }

        File.Delete(proof);
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}

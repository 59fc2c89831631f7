namespace IdleHands;

/// <summary>Files and directories for their owner alone: 0600 and 0700. On Windows the profile's access list does that.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnDirectory = OwnFile | UnixFileMode.UserExecute;
    private const int RenameTries = 100;

    /// <summary>As much as a file that is begun soon holds.</summary>
    private const int ProofLength = 16 * 1024;

    private static readonly TimeSpan RenamePause = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes a directory, its missing parents included; one that is there keeps its mode.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnDirectory);
        }
    }

    /// <summary>Opens a file, unbuffered; nobody else may open it meanwhile, unless sharing is asked for.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share = FileShare.None)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnFile;
        }

        return new FileStream(path, options);
    }

    /// <summary>
    /// Replaces a file at once: whoever reads it, and a kill at any instant, finds the old content or the new. The caller
    /// holds the lock that all writers of this file take.
    /// </summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string temporary = $"{TemporaryPrefix(path)}{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            RemoveLeftovers(path);
            using (FileStream file = Open(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            Rename(temporary, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Throws, as the file system does, when no file can be made in a directory. A full disk still takes an empty one.</summary>
    public static void CheckWritable(string directory)
    {
        string proof = Path.Combine(directory, $".{Environment.ProcessId}-{Guid.NewGuid():N}.tmp");
        try
        {
            using FileStream file = Open(proof, FileMode.CreateNew, FileAccess.Write);
            file.Write(new byte[ProofLength]);
        }
        finally
        {
            TryDelete(proof);
        }
    }

    // Temporary files are made under the lock only, so any that is there belongs to a writer that was killed.
    private static void RemoveLeftovers(string path)
    {
        string pattern = Path.GetFileName(TemporaryPrefix(path)) + "*.tmp";
        foreach (string leftover in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, pattern))
        {
            TryDelete(leftover);
        }
    }

    private static string TemporaryPrefix(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.");

    // Windows refuses to replace a file in the instant that somebody reads it.
    private static void Rename(string temporary, string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(temporary, path, overwrite: true);
                return;
            }
            catch (Exception e) when (OperatingSystem.IsWindows() && attempt < RenameTries && e is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(RenamePause);
            }
        }
    }

    /// <summary>Removes a file; where there is none, nor a directory for it, there is nothing to do.</summary>
    public static void Delete(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    /// <summary>Removes a file; one that can't be removed stays.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next writer tries again; the failure that matters is another one.
        }
    }
}

namespace IdleHands.Configuration;

/// <summary>The effects of the store: read, lock and replace one file, with failures that explain themselves.</summary>
internal static class ConfigurationFile
{
    private const int PollMinimumMilliseconds = 3;
    private const int PollMaximumMilliseconds = 20;

    /// <summary>The whole file; null where there is none.</summary>
    public static FileContent? Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return FileContent.ReadAll(stream);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException exception)
        {
            string reason = Directory.Exists(path) ? "a directory is in its place." : exception.Message;
            throw ConfigurationException.Unreadable(path, reason, FailureKind.Permission, exception);
        }
        catch (IOException exception)
        {
            throw ConfigurationException.Unreadable(path, exception.Message, FailureKind.Failed, exception);
        }
    }

    /// <summary>The file itself where the path is a symbolic link, so that the link stays one.</summary>
    public static string ResolveTarget(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ConfigurationException.Unreadable(path, exception.Message, FailureKind.Failed, exception);
        }
    }

    /// <summary>
    /// Takes the lock beside the target. It is the operating system's: it goes with the process that holds it, and its
    /// file stays where it is. The limit is for one holder: while others come and go and change the file, a waiter is
    /// not blocked but has bad luck, and waits on.
    /// </summary>
    public static async Task<FileStream> LockAsync(string path, string target, TimeSpan limit, CancellationToken cancellationToken)
    {
        string lockFile = target + ".lock";
        long start = Environment.TickCount64;
        DateTime lastChange = File.GetLastWriteTimeUtc(target);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryLock(path, target, lockFile) is { } held)
            {
                return held;
            }

            if (Environment.TickCount64 - start >= limit.TotalMilliseconds)
            {
                DateTime change = File.GetLastWriteTimeUtc(target);
                if (change == lastChange)
                {
                    throw ConfigurationException.Locked(path, lockFile, limit);
                }

                (start, lastChange) = (Environment.TickCount64, change);
            }

            // Random waits, so that many waiters don't come back at the same moment again and again.
            int pause = Random.Shared.Next(PollMinimumMilliseconds, PollMaximumMilliseconds);
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts these bytes in the place of the target, all or nothing. The caller holds the lock.</summary>
    public static void Replace(string path, string target, ReadOnlySpan<byte> bytes)
    {
        try
        {
            PrivateFiles.Replace(target, bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, exception);
        }
    }

    private static FileStream? TryLock(string path, string target, string lockFile)
    {
        try
        {
            PrivateFiles.CreateDirectory(Path.GetDirectoryName(target)!);
            return FileLock.TryAcquire(lockFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, exception);
        }
    }

    private static ConfigurationException Unwritable(string path, Exception exception) =>
        ConfigurationException.Unwritable(
            path,
            exception is UnauthorizedAccessException ? FailureKind.Permission : FailureKind.Failed,
            exception);
}

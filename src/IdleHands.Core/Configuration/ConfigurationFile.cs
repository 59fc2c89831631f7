using System.Runtime.InteropServices;

namespace IdleHands.Configuration;

/// <summary>The effects of the store: read, lock and replace one file, with failures that explain themselves.</summary>
internal static class ConfigurationFile
{
    private const int PollMinimumMilliseconds = 3;
    private const int PollMaximumMilliseconds = 20;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateDirectory = PrivateFile | UnixFileMode.UserExecute;

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
    /// file stays where it is.
    /// </summary>
    public static async Task<FileStream> LockAsync(string path, string target, TimeSpan limit, CancellationToken cancellationToken)
    {
        string lockFile = target + ".lock";
        long start = Environment.TickCount64;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                CreateDirectory(Path.GetDirectoryName(target)!);
                return Open(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite);
            }
            catch (IOException exception) when (IsHeldByAnother(exception))
            {
                if (Environment.TickCount64 - start >= limit.TotalMilliseconds)
                {
                    throw ConfigurationException.Locked(path, lockFile, limit);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(path, exception);
            }

            // Random waits, so that many waiters don't come back at the same moment again and again.
            int pause = Random.Shared.Next(PollMinimumMilliseconds, PollMaximumMilliseconds);
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts these bytes in the place of the target, all or nothing. The caller holds the lock.</summary>
    public static void Replace(string path, string target, ReadOnlySpan<byte> bytes)
    {
        string temporary = $"{TemporaryPrefix(target)}{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            RemoveLeftovers(target);
            using (FileStream stream = Open(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            Rename(temporary, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw Unwritable(path, exception);
        }
    }

    // Temporary files are made under the lock only, so any that is there belongs to a writer that was killed.
    private static void RemoveLeftovers(string target)
    {
        string pattern = Path.GetFileName(TemporaryPrefix(target)) + "*.tmp";
        foreach (string leftover in Directory.EnumerateFiles(Path.GetDirectoryName(target)!, pattern))
        {
            TryDelete(leftover);
        }
    }

    private static string TemporaryPrefix(string target) =>
        Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.");

    private static FileStream Open(string path, FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateFile;
        }

        return new FileStream(path, options);
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, PrivateDirectory);
        }
    }

    // Windows refuses to replace a file in the instant that somebody reads it.
    private static void Rename(string temporary, string target)
    {
        const int Tries = 100;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(temporary, target, overwrite: true);
                return;
            }
            catch (Exception exception) when (OperatingSystem.IsWindows()
                && attempt < Tries
                && exception is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(PollMaximumMilliseconds);
            }
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next writer tries again; the failure that matters is another one.
        }
    }

    /// <summary>True for a sharing violation: EWOULDBLOCK (11 on Linux, 35 on macOS), or the two codes of Windows.</summary>
    private static bool IsHeldByAnother(IOException exception)
    {
        const int SharingViolation = unchecked((int)0x80070020);
        const int LockViolation = unchecked((int)0x80070021);
        int wouldBlock = RuntimeInformation.IsOSPlatform(OSPlatform.Linux) ? 11 : 35;
        return OperatingSystem.IsWindows()
            ? exception.HResult is SharingViolation or LockViolation
            : exception.HResult == wouldBlock;
    }

    private static ConfigurationException Unwritable(string path, Exception exception) =>
        ConfigurationException.Unwritable(
            path,
            exception is UnauthorizedAccessException ? FailureKind.Permission : FailureKind.Failed,
            exception);
}

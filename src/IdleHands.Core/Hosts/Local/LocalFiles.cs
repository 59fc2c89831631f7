using System.IO.Enumeration;

namespace IdleHands.Hosts.Local;

/// <summary>Looks at files of this machine. A pipe in a file's place, or a network share that hangs, holds nothing up.</summary>
/// <param name="home">Where relative paths and <c>~/</c> start.</param>
internal sealed class LocalFiles(string home)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>What the file system says of these paths.</summary>
    public async Task<IReadOnlyList<FileFact>> StatAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        IReadOnlyList<OpenedFile> files = await OpenAsync(paths, cancellationToken).ConfigureAwait(false);
        foreach (OpenedFile file in files)
        {
            file.Dispose();
        }

        return [.. files.Select(file => file.Fact)];
    }

    /// <summary>Opens files.</summary>
    public async Task<IReadOnlyList<OpenedFile>> OpenAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        await Task.WhenAll(paths.Select(path => OpenAsync(path, cancellationToken))).ConfigureAwait(false);

    /// <summary>The files that a path names, sorted.</summary>
    public Task<NameList> FindAsync(string path, string extension, bool recurse, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            string full = FullPath(path.Replace("\0", string.Empty, StringComparison.Ordinal));
            IEnumerable<string> named = File.Exists(full) || Directory.Exists(full) ? [full] : LocalPattern.Expand(full);
            return NameList.From(named
                .SelectMany(one => FilesOf(one, extension, recurse, cancellationToken))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal));
        },
        cancellationToken).WaitAsync(cancellationToken);

    /// <summary>Links to files count, as caches are made of them; links to directories are not followed, since they may lead back.</summary>
    private static IEnumerable<string> FilesOf(string path, string extension, bool recurse, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(path))
        {
            if (LocalFileType.IsRegular(path) ?? File.Exists(path))
            {
                yield return path;
            }

            yield break;
        }

        var options = new EnumerationOptions { RecurseSubdirectories = recurse, IgnoreInaccessible = true, AttributesToSkip = 0 };
        StringComparison comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        var found = new FileSystemEnumerable<string>(path, (ref FileSystemEntry entry) => entry.ToFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory && !entry.FileName.StartsWith(".") && entry.FileName.EndsWith(extension, comparison) && IsFile(ref entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        foreach (string file in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return file;
        }
    }

    /// <summary>A link that leads nowhere is none.</summary>
    private static bool IsFile(ref FileSystemEntry entry)
    {
        string path = entry.ToFullPath();
        return LocalFileType.IsRegular(path)
            ?? ((entry.Attributes & FileAttributes.ReparsePoint) == 0 || File.ResolveLinkTarget(path, returnFinalTarget: true)?.Exists == true);
    }

    private async Task<OpenedFile> OpenAsync(string path, CancellationToken cancellationToken)
    {
        Task<OpenedFile> opening = Task.Run(() => Open(path), cancellationToken);
        try
        {
            return await opening.WaitAsync(Limit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            CloseLater(opening);
            return new OpenedFile(new FileFact(path, Exists: true, Size: null, $"no answer within {Limit.TotalSeconds:0} s"), null);
        }
        catch (OperationCanceledException)
        {
            CloseLater(opening);
            throw;
        }
    }

    private static void CloseLater(Task<OpenedFile> opening) =>
        _ = opening.ContinueWith(late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);

    private OpenedFile Open(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return new OpenedFile(new FileFact(path, Exists: false, Size: null), null); // No file has such a name.
        }

        string full = FullPath(path);
        if (Directory.Exists(full))
        {
            return new OpenedFile(new FileFact(path, Exists: true, Size: null, "is a directory"), null);
        }

        if (LocalFileType.IsRegular(full) == false)
        {
            return new OpenedFile(new FileFact(path, Exists: true, Size: null, "is no regular file"), null);
        }

        try
        {
            // Opened, because only that shows whether it can be read, and gives the size behind a link.
            var source = new LocalByteSource(path, full);
            return new OpenedFile(new FileFact(path, Exists: true, source.Length), source);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new OpenedFile(new FileFact(path, Exists: false, Size: null), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return new OpenedFile(new FileFact(path, Exists: true, Size: null, e is UnauthorizedAccessException ? "permission denied" : e.Message), null);
        }
    }

    private string FullPath(string path) => Path.GetFullPath(path.StartsWith("~/", StringComparison.Ordinal) ? path[2..] : path, home);
}

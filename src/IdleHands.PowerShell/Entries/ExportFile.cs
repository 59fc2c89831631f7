using IdleHands.Configuration;
using IdleHands.Hosts.Local;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Entries;

/// <summary>The order of exported entries, which depends on the configuration alone.</summary>
internal static class ExportOrder
{
    /// <summary>The entries, each once, in the order of the configuration; what it doesn't know comes last, as it came.</summary>
    internal static IReadOnlyList<T> Of<T>(IEnumerable<T> entries, IReadOnlyList<T> all, Func<T, string> id)
    {
        var ranks = all.Select((entry, rank) => (entry, rank)).ToDictionary(pair => id(pair.entry), pair => pair.rank, StringComparer.Ordinal);
        return [.. entries.DistinctBy(id).OrderBy(entry => ranks.GetValueOrDefault(id(entry), int.MaxValue))];
    }
}

/// <summary>Writes an exported file, all or nothing.</summary>
internal static class ExportFile
{
    /// <summary>Writes or replaces a file.</summary>
    /// <exception cref="IdleHandsException"><c>ExportExists</c>, <c>ExportUnwritable</c>.</exception>
    internal static void Write(string path, byte[] text, bool noClobber, bool force)
    {
        string temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            string target = path;
            if (File.Exists(path))
            {
                // A link stays one.
                target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
                Check(path, target, noClobber, force);
            }

            if (IsConfiguration(target))
            {
                throw Failures.ExportIntoConfiguration(path);
            }

            File.WriteAllBytes(temporary, text);
            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            }

            File.Move(temporary, target, overwrite: !noClobber);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            PrivateFiles.TryDelete(temporary);
            throw noClobber && File.Exists(path) ? Failures.ExportExists(path) : Failures.ExportUnwritable(path, exception.Message, exception);
        }
    }

    /// <summary>The user's configuration has a lock, rules and backups, which an export goes round.</summary>
    private static bool IsConfiguration(string target) =>
        Path.GetFullPath(target).Equals(
            Path.GetFullPath(ConfigurationFile.ResolveTarget(IdleHandsPaths.FromEnvironment().ConfigurationFile)),
            OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);

    private static void Check(string path, string target, bool noClobber, bool force)
    {
        if (LocalFileType.IsRegular(target) == false)
        {
            throw Failures.ExportUnwritable(path, "it is no regular file");
        }

        if (noClobber)
        {
            throw Failures.ExportExists(path);
        }

        var file = new FileInfo(target);
        if (!file.IsReadOnly)
        {
            return;
        }

        if (!force)
        {
            throw Failures.ExportReadOnly(path);
        }

        // Windows replaces no read-only file.
        if (OperatingSystem.IsWindows())
        {
            file.IsReadOnly = false;
        }
    }
}

namespace IdleHands.Testing;

/// <summary>
/// A directory that commands can be locked into, as a small container would: <c>sh</c>, the programs of
/// <see cref="Programs"/> with their libraries, <c>/dev/null</c>, <c>/tmp</c> and <c>/root</c>. It has no <c>/proc</c>, and
/// shares processes and network with this machine. Nothing is mounted.
/// </summary>
public sealed class ChrootDirectory : IDisposable
{
    private ChrootDirectory() => FullName = Directory.CreateTempSubdirectory("idlehands-chroot-").FullName;

    /// <summary>What can be run in it.</summary>
    public static NameList Programs { get; } = new(
        "sh", "cat", "chmod", "cp", "cut", "date", "dd", "env", "grep", "head", "id", "ls", "mkdir", "mv", "rm", "sed", "setsid",
        "sleep", "sort", "stat", "tail", "test", "touch", "tr", "uname", "wc");

    /// <summary>Why none can be made here, for a skip; null where one can.</summary>
    public static string? WhyNot { get; } =
        !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "chroot takes root on Linux"
        : Programs.Append("chroot").Append("mknod").Append("ldd").FirstOrDefault(program => ToolRun.Find(program) is null) is { } missing
            ? $"there is no {missing} here"
            : null;

    /// <summary>Where it is.</summary>
    public string FullName { get; }

    /// <summary>The words before a command that is to run in it.</summary>
    public NameList Prefix => new(ToolRun.Find("chroot")!, FullName);

    /// <summary>Makes one.</summary>
    public static async Task<ChrootDirectory> CreateAsync(CancellationToken cancellationToken = default)
    {
        var made = new ChrootDirectory();
        try
        {
            await made.FillAsync(cancellationToken);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(FullName, recursive: true);

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        foreach (string directory in new[] { "bin", "usr", "dev", "tmp", "root" })
        {
            Directory.CreateDirectory(Path.Combine(FullName, directory));
        }

        File.CreateSymbolicLink(Path.Combine(FullName, "usr/bin"), "../bin");
        string[] programs = [.. Programs.Select(program => ToolRun.Find(program)!)];
        foreach (string program in programs)
        {
            File.Copy(program, Path.Combine(FullName, "bin", Path.GetFileName(program)));
        }

        ToolRun libraries = (await ToolRun.RunAsync("ldd", programs, cancellationToken: cancellationToken)).OrThrow("ldd");
        foreach (string library in PathsIn(libraries.Output))
        {
            string copy = FullName + library;
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(library, copy);
        }

        string device = Path.Combine(FullName, "dev/null");
        (await ToolRun.RunAsync("mknod", ["-m", "666", device, "c", "1", "3"], cancellationToken: cancellationToken)).OrThrow("mknod");
    }

    /// <summary>The libraries in what ldd prints: <c>name => /path (address)</c>, or <c>/path (address)</c> for the loader.</summary>
    private static IEnumerable<string> PathsIn(string output) => output
        .Split('\n')
        .Where(line => line.StartsWith('\t'))
        .SelectMany(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        .Where(word => word.StartsWith('/'))
        .Distinct();
}

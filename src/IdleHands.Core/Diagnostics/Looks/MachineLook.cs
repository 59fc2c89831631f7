using IdleHands.Configuration;
using IdleHands.Hosts;
using IdleHands.Hosts.Local;

namespace IdleHands.Diagnostics;

/// <summary>What was seen of the files of this machine.</summary>
internal sealed record MachineLook
{
    /// <summary>The directory of state and logs.</summary>
    public required DirectoryLook State { get; init; }

    /// <summary>Paths of configuration and state that other users reach, with their modes; none on Windows, where the access list of the profile counts.</summary>
    public IReadOnlyList<(string Path, UnixFileMode Mode, bool IsConfiguration)> Modes { get; init; } = [];

    /// <summary>Chat templates that are to be copied to a host and can't be read here, each with its problem.</summary>
    public IReadOnlyDictionary<string, string> MissingTemplates { get; init; } = new Dictionary<string, string>();

    /// <summary>Looks. Nothing is written.</summary>
    public static MachineLook Take(IdleHandsPaths paths, IEnumerable<string> templates) => new()
    {
        State = LookAtState(paths),
        Modes = OperatingSystem.IsWindows() ? [] :
        [
            .. ModeOf(paths.ConfigurationDirectory, isConfiguration: true),
            .. ModeOf(paths.ConfigurationFile, isConfiguration: true),
            .. ModeOf(paths.EndpointFile, isConfiguration: true),
            .. ModeOf(paths.StateDirectory, isConfiguration: false),
            .. ModeOf(paths.LogDirectory, isConfiguration: false),
        ],
        MissingTemplates = templates.Distinct().Select(template => (template, Problem: ProblemOf(template)))
            .Where(one => one.Problem is not null)
            .ToDictionary(one => one.template, one => one.Problem!),
    };

    /// <summary>The directory of state, or the one in it that nothing can be written to: a command that was run once as another user leaves such.</summary>
    private static DirectoryLook LookAtState(IdleHandsPaths paths)
    {
        DirectoryLook state = LookAtDirectory(paths.StateDirectory);
        return state.Problem is not null ? state : new[] { paths.LogDirectory, paths.LaunchDirectory }
            .Where(Path.Exists)
            .Select(LookAtDirectory)
            .FirstOrDefault(look => look.Problem is not null) ?? state;
    }

    /// <summary>Looks at a directory, or at the nearest one above it that is there.</summary>
    internal static DirectoryLook LookAtDirectory(string directory)
    {
        string at = Path.GetFullPath(directory);
        while (!Path.Exists(at) && Path.GetDirectoryName(at) is { Length: > 0 } parent)
        {
            at = parent;
        }

        if (!Directory.Exists(at))
        {
            return new DirectoryLook(directory, Path.Exists(at) ? $"'{at}' is no directory" : $"'{at}' is not there", null);
        }

        string? problem = OperatingSystem.IsWindows() || NativeMethods.Access(at, NativeMethods.MayWrite | NativeMethods.MayEnter) == 0
            ? null
            : $"'{at}' can't be written to: {System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}";
        return new DirectoryLook(directory, problem, FreeBytesOf(at));
    }

    private static long? FreeBytesOf(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static IEnumerable<(string, UnixFileMode, bool)> ModeOf(string path, bool isConfiguration)
    {
        try
        {
            return Path.Exists(path) && IsReachedByOthers(path) ? [(path, File.GetUnixFileMode(path), isConfiguration)] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It has gone meanwhile, or this user may not even look.
        }
    }

    /// <summary>What lies in a directory that others may not enter is not reached by them, whatever its own mode.</summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static bool IsReachedByOthers(string path)
    {
        for (string? at = Path.GetDirectoryName(Path.GetFullPath(path)); at is not null; at = Path.GetDirectoryName(at))
        {
            if ((File.GetUnixFileMode(at) & UnixFileMode.OtherExecute) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static string? ProblemOf(string template)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string path = Path.GetFullPath(template.StartsWith("~/", StringComparison.Ordinal) ? template[2..] : template, home);
        if (Directory.Exists(path) || LocalFileType.IsRegular(path) == false)
        {
            return $"'{path}' is no regular file."; // To open a pipe would wait for whoever writes to it.
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}

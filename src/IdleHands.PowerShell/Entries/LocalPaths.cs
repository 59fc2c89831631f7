using System.Management.Automation;

namespace IdleHands.PowerShell.Entries;

/// <summary>Paths of this machine as PowerShell understands them: relative to its own location, on its own drives.</summary>
internal static class LocalPaths
{
    /// <summary>The paths of the file system that are meant. A literal one that isn't there is given as it is; a wildcard without match is silent.</summary>
    internal static IReadOnlyList<string> Resolve(PSCmdlet cmdlet, string path, bool isLiteral, Action<Exception, object?> onFailure, Func<string, string, IdleHandsException>? refuse = null)
    {
        refuse ??= NoFile;
        try
        {
            bool isPattern = !isLiteral && WildcardPattern.ContainsWildcardCharacters(path);
            ProviderInfo provider;
            IReadOnlyList<string> paths = isPattern
                ? [.. cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider)]
                : [cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _)];
            return provider.Name == "FileSystem" ? paths : throw refuse(path, $"it is a path of the provider {provider.Name}");
        }
        catch (ItemNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is IdleHandsException or RuntimeException)
        {
            onFailure(exception as IdleHandsException ?? refuse(path, exception.Message.TrimEnd('.')), path);
            return [];
        }
    }

    /// <summary>The whole path of a file or directory that is there; any other text as it is.</summary>
    internal static string Full(PSCmdlet cmdlet, string path)
    {
        try
        {
            string full = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.Name == "FileSystem" && System.IO.Path.Exists(full) ? full : path;
        }
        catch (RuntimeException)
        {
            return path; // A repository, an address, a path of another machine.
        }
    }

    private static IdleHandsException NoFile(string path, string why) => new(
        "ModelFileNotFound",
        FailureKind.NotFound,
        $"'{path}' names no file: {why}.",
        "Give a path of the file system, such as ~/models.",
        path);
}

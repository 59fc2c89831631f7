namespace IdleHands.Hosts;

/// <summary>A file of this machine that goes to a host.</summary>
internal static class CopiedFile
{
    /// <summary>Far more than any chat template.</summary>
    private const long Longest = 4 << 20;

    /// <summary>Its bytes; <c>~/</c> and relative paths start at the user's home here.</summary>
    /// <exception cref="IdleHandsException"><c>CopyFailed</c>.</exception>
    public static async Task<byte[]> ReadAsync(string source, CancellationToken cancellationToken)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string path = Path.GetFullPath(source.StartsWith("~/", StringComparison.Ordinal) ? source[2..] : source, home);
        try
        {
            return new FileInfo(path).Length <= Longest
                ? await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false)
                : throw Failed(source, null, $"it is longer than {Longest >> 20} MiB, which no chat template is", null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(source, null, e.Message, e);
        }
    }

    /// <summary>That it could not be copied.</summary>
    public static IdleHandsException Failed(string source, string? hostId, string why, Exception? cause) => new(
        "CopyFailed",
        FailureKind.Failed,
        $"The file '{source}' could not be {(hostId is null ? "read on this machine" : $"copied to host '{hostId}'")}: {why}",
        hostId is null
            ? "A chat template lies on this machine and is copied to the host. Set-IHModel -ChatTemplate changes its path."
            : "Make room on the host's disk, or make the home directory writable there.",
        source,
        cause);
}

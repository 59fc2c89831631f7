namespace IdleHands.Hosts.Remote;

/// <summary>Limits that the ways to other hosts share.</summary>
internal static class RemoteLimits
{
    /// <summary>The longest that a timer takes.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>How long ending a command on the host may take before it is given up.</summary>
    public static readonly TimeSpan Ending = TimeSpan.FromSeconds(8);
}

/// <summary>What programs say, for messages.</summary>
internal static class RemoteText
{
    /// <summary>The last line that says something.</summary>
    public static string LastLine(string said) =>
        said.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? string.Empty;
}

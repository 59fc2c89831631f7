namespace IdleHands.Testing;

/// <summary>Words for an exec host that reach this very machine, without a container.</summary>
public static class ExecPrefix
{
    /// <summary>A command that knows nothing of the environment of the tests but this HOME.</summary>
    public static NameList Bare(string home) => new("env", "-i", $"HOME={home}", "PATH=/usr/bin:/bin");
}

namespace IdleHands.Planning;

/// <summary>Finds a port for a model.</summary>
internal static class FreePort
{
    /// <summary>The first port behind another that is not taken; behind the last one, on from the default port.</summary>
    public static int After(int port, HashSet<int> taken) => Enumerable.Range(port + 1, ushort.MaxValue - port)
        .Concat(Enumerable.Range(RuntimeModel.DefaultPort, ushort.MaxValue - RuntimeModel.DefaultPort))
        .First(next => !taken.Contains(next));
}

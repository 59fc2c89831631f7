namespace IdleHands.Execution;

/// <summary>What tells this machine from others that share a home directory.</summary>
internal static class MachineIdentity
{
    private static readonly Lazy<string> Id = new(Find);

    /// <summary>The operating system's machine id where it has one, else the machine's name.</summary>
    public static string Current => Id.Value;

    private static string Find()
    {
        try
        {
            string id = File.ReadAllText("/etc/machine-id").Trim();
            return id.Length > 0 ? id : Environment.MachineName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Environment.MachineName;
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace IdleHands.Execution;

/// <summary>
/// What tells this state directory on this machine from all others. Whoever holds its lock is the only one that speaks for
/// it, so that what a killed run left on a host under that name is the next run's own.
/// </summary>
internal static class StateIdentity
{
    /// <summary>Name of the file, in the state directory, that holds the part that stands before the hyphen.</summary>
    public const string FileName = "identity";

    private const int Length = 32;

    /// <summary>Reads it, or makes it where there is none. The caller holds the lock. Where it can't be kept it is good for this run.</summary>
    public static string Of(string stateDirectory)
    {
        string path = Path.Combine(stateDirectory, FileName);
        string kept = TryRead(path) ?? Make(path);

        // A home on a network share is that of several machines.
        byte[] machine = SHA256.HashData(Encoding.UTF8.GetBytes($"{MachineIdentity.Current}\n{Environment.MachineName}"));
        return $"{kept}-{Convert.ToHexString(machine)[..16].ToLowerInvariant()}";
    }

    private static string Make(string path)
    {
        string made = RandomNumberGenerator.GetHexString(Length, lowercase: true);
        try
        {
            PrivateFiles.Replace(path, Encoding.ASCII.GetBytes(made + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What a crash leaves then waits for its expiry.
        }

        return made;
    }

    private static string? TryRead(string path)
    {
        try
        {
            string text = File.ReadAllText(path).Trim();
            return text.Length == Length && text.All(char.IsAsciiHexDigitLower) ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

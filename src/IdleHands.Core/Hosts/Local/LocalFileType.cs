using System.Runtime.InteropServices;

namespace IdleHands.Hosts.Local;

/// <summary>
/// Tells files from pipes, sockets and devices before they are opened: to open a pipe waits for whoever writes to it, and
/// disturbs him. Asked of Linux, whose <c>statx</c> has one layout on every processor; elsewhere everything counts as a file,
/// and what hangs is given up after a while.
/// </summary>
internal static partial class LocalFileType
{
    private const int CurrentDirectory = -100;
    private const uint TypeMask = 1;
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int FileTypeBits = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>True for a file, behind its links, false for what is none; null where nothing is, or the system is not asked.</summary>
    public static unsafe bool? IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        byte* result = stackalloc byte[StatxBytes];
        try
        {
            return Statx(CurrentDirectory, path, 0, TypeMask, result) == 0 ? (*(ushort*)(result + ModeOffset) & FileTypeBits) == RegularFile : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // A C library from before 2018.
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* result);
}

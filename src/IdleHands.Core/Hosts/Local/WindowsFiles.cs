using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace IdleHands.Hosts.Local;

/// <summary>Handles that a new process inherits as its standard streams.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsFiles
{
    private const uint GenericRead = 0x8000_0000;
    private const uint AppendData = 0x0004;
    private const uint ReadAttributes = 0x0080;
    private const uint Synchronize = 0x0010_0000;
    private const uint ShareAll = 0x0007;
    private const uint OpenExisting = 3;
    private const uint OpenAlways = 4;

    /// <summary>The input of a command that gets none.</summary>
    public static SafeFileHandle OpenNul() => Open("NUL", GenericRead, OpenExisting);

    /// <summary>
    /// A log that several processes write to: with the right to append and not to write, each write goes to the end of
    /// the file. It may be read, renamed and deleted meanwhile.
    /// </summary>
    public static SafeFileHandle OpenLog(string path) => Open(path, AppendData | ReadAttributes | Synchronize, OpenAlways);

    private static SafeFileHandle Open(string path, uint access, uint disposition)
    {
        var inheritable = new SecurityAttributes { Size = Unsafe.SizeOf<SecurityAttributes>(), Inherit = 1 };
        SafeFileHandle handle = WindowsNative.CreateFile(path, access, ShareAll, inheritable, disposition, flags: 0, template: 0);
        return handle.IsInvalid ? throw WindowsProcess.Failure($"open '{path}'", "LaunchFailed") : handle;
    }
}

using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace IdleHands.Benchmarks;

/// <summary>What happens in a directory from its creation on, as Linux reports it (inotify): also that a file is opened.</summary>
internal sealed class FileEvents : IDisposable
{
    private const uint Opened = 0x20;
    private const uint MovedTo = 0x80;
    private const uint Created = 0x100;
    private const int NonBlocking = 0x800;
    private const int HeaderSize = 16;
    private readonly int _handle;

    public FileEvents(string directory)
    {
        _handle = Initialize(NonBlocking);
        if (_handle < 0 || AddWatch(_handle, Encoding.UTF8.GetBytes(directory + '\0'), Opened | MovedTo | Created) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>
    /// How often the file's lock was taken (its lock file is opened for that only), a temporary file was made for it,
    /// and the file was replaced by a rename.
    /// </summary>
    public (int Locks, int Writes, int Renames) Count(string fileName)
    {
        (int locks, int writes, int renames) = (0, 0, 0);
        byte[] buffer = new byte[64 * 1024];
        nint length;
        while ((length = Read(_handle, buffer, buffer.Length)) > 0)
        {
            for (int at = 0; at < length;)
            {
                uint mask = BitConverter.ToUInt32(buffer, at + 4);
                int nameLength = BitConverter.ToInt32(buffer, at + 12);
                string name = Encoding.UTF8.GetString(buffer, at + HeaderSize, nameLength).TrimEnd('\0');
                at += HeaderSize + nameLength;
                locks += mask == Opened && name == fileName + ".lock" ? 1 : 0;
                writes += mask == Created && name.EndsWith(".tmp", StringComparison.Ordinal) ? 1 : 0;
                renames += mask == MovedTo && name == fileName ? 1 : 0;
            }
        }

        return (locks, writes, renames);
    }

    public void Dispose() => _ = Close(_handle);

    [DllImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Initialize(int flags);

    [DllImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AddWatch(int handle, byte[] path, uint mask);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(int handle, byte[] buffer, nint length);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}

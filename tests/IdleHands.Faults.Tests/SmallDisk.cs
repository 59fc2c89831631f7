using System.ComponentModel;
using System.Diagnostics;

namespace IdleHands.Faults.Tests;

/// <summary>
/// What is mounted over a directory, so that its disk can be full or read-only; gone on dispose. Where this user may not
/// mount, the test is skipped.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    private string Filler => Path.Combine(_directory, "filler");

    /// <summary>A command that fills it up.</summary>
    public string FillCommand => $"cat /dev/zero > {Filler} 2>/dev/null; true";

    /// <summary>An empty disk of its own for a directory, which is made.</summary>
    public static SmallDisk Mount(string directory)
    {
        Directory.CreateDirectory(directory);
        Mount("-t", "tmpfs", "-o", "size=256k,mode=0700", "none", directory);
        return new SmallDisk(directory);
    }

    /// <summary>Lets a directory, which is made, stay on the disk of another.</summary>
    public static SmallDisk MountFrom(string source, string directory)
    {
        Directory.CreateDirectory(source);
        Directory.CreateDirectory(directory);
        Mount("--bind", source, directory);
        return new SmallDisk(directory);
    }

    /// <summary>Makes a directory read-only with all that it holds; what has a file open there goes on writing it.</summary>
    public static SmallDisk MakeReadOnly(string directory)
    {
        SmallDisk disk = MountFrom(directory, directory);
        Mount("-o", "remount,bind,ro", directory);
        return disk;
    }

    /// <summary>Writes until nothing more fits.</summary>
    public void Fill()
    {
        using FileStream file = new(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Gives back what the filling took.</summary>
    public void MakeRoom() => File.Delete(Filler);

    public void Dispose() => Run("umount", "--lazy", _directory);

    private static void Mount(params string[] arguments) =>
        Assert.SkipUnless(Run("mount", arguments) is 0, "no disk can be mounted here: it takes root and the mount command");

    private static int? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}

using System.Globalization;

namespace IdleHands.Gguf;

/// <summary>What can be wrong with a file of weights.</summary>
internal static class GgufErrors
{
    /// <summary>Id: the file is something else.</summary>
    public const string NotGguf = nameof(NotGguf);

    /// <summary>Id: the format's version, or its byte order, can't be read.</summary>
    public const string VersionId = "GgufVersionUnsupported";

    /// <summary>Id: the file ends before all that it announces.</summary>
    public const string TruncatedId = "GgufTruncated";

    /// <summary>Id: the file contradicts itself or the format.</summary>
    public const string BrokenId = "GgufBroken";

    /// <summary>Id: a file of a split model lacks.</summary>
    public const string ShardMissingId = "ShardMissing";

    private const int LongestName = 64;

    private const string Again = "Download it again, and compare its size and checksum with what its publisher gives.";

    /// <summary>It does not begin with the letters GGUF.</summary>
    public static IdleHandsException NoMagic(string path, ReadOnlySpan<byte> start) => new(
        NotGguf,
        FailureKind.InvalidData,
        $"'{path}' is no GGUF file: it begins with {Show(start)} instead of GGUF.",
        Hint(start),
        path);

    /// <summary>A version that is not read here.</summary>
    public static IdleHandsException Version(string path, uint version) => new(
        VersionId,
        FailureKind.InvalidData,
        IsForeignOrder(version)
            ? $"'{path}' is a GGUF file for big-endian machines, and only little-endian ones are read."
            : string.Create(CultureInfo.InvariantCulture, $"'{path}' is a GGUF file of version {version}, and only versions 2 and 3 are read."),
        version < 2 ? "Convert the model anew with a llama.cpp of today, or download a newer file." : "Download a file for little-endian machines, of version 2 or 3.",
        path);

    /// <summary>It ends too early.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">Its length.</param>
    /// <param name="what">What would have to follow.</param>
    public static IdleHandsException Truncated(string path, long length, string what) => new(
        TruncatedId,
        FailureKind.InvalidData,
        string.Create(CultureInfo.InvariantCulture, $"'{path}' is cut off: it ends after {length:N0} bytes, and {what}."),
        Again,
        path);

    /// <summary>It can't be right.</summary>
    public static IdleHandsException Broken(string path, string why) => new(
        BrokenId,
        FailureKind.InvalidData,
        $"'{path}' can't be read as a GGUF file: {why}.",
        Again,
        path);

    /// <summary>A name of the file as a message can hold it.</summary>
    public static string Name(string name)
    {
        string shown = name.Length > LongestName ? name[..LongestName] + "…" : name;
        return string.Concat(shown.Select(letter => char.IsControl(letter) ? '?' : letter));
    }

    /// <summary>A version as a machine of the other byte order wrote it.</summary>
    private static bool IsForeignOrder(uint version) => version > 0xFFFF && (version & 0xFFFF) == 0;

    private static string Show(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            return "nothing, being empty";
        }

        foreach (byte value in start)
        {
            if (value is < 0x20 or > 0x7E)
            {
                return $"the bytes {Convert.ToHexString(start)}";
            }
        }

        return $"'{System.Text.Encoding.ASCII.GetString(start)}'";
    }

    private static string Hint(ReadOnlySpan<byte> start) =>
        start.SequenceEqual("vers"u8)
            ? "It looks like a pointer of Git LFS: fetch the file itself, with git lfs pull."
            : start.StartsWith("<"u8)
                ? "It looks like a web page: the download went wrong. Download it again."
                : start.SequenceEqual("tjgg"u8) || start.SequenceEqual("lmgg"u8) || start.SequenceEqual("fmgg"u8)
                    ? "It is of a format before GGUF: convert the model anew, or download a GGUF file."
                    : "Give the path of a .gguf file.";
}

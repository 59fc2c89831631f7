using System.Text;
using System.Text.Unicode;

namespace IdleHands.Configuration.Exchange;

/// <summary>Reads files to import, of whatever format.</summary>
internal static class ImportFile
{
    /// <summary>More than any configuration has, and little enough to be held several times.</summary>
    public const int LargestBytes = 16 * 1024 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file. What is wrong with its content is among its findings.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="isYaml">True for YAML, false for JSON, null where its name and beginning shall tell.</param>
    /// <param name="readYaml">Reads YAML; it lives in an assembly of its own, which is loaded when it is first needed.</param>
    /// <exception cref="IdleHandsException"><c>ImportUnreadable</c>.</exception>
    public static ImportSource Read(string file, bool? isYaml, Func<string, SourceNode> readYaml)
    {
        byte[] bytes = ReadBytes(file);
        ReadOnlySpan<byte> text = bytes.AsSpan(bytes.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0);
        if (!(isYaml ?? IsYaml(file, text)))
        {
            return ImportSource.FromJson(file, bytes);
        }

        if (!Utf8.IsValid(text))
        {
            return Broken(file, text, ConfigurationReader.FindInvalidByte(text), "a byte here belongs to no UTF-8 character.");
        }

        // YAML allows none of these, and its readers take NUL for the end of the file.
        int control = text.IndexOfAnyInRange((byte)0, (byte)8);
        if (control >= 0)
        {
            return Broken(file, text, control, "a control character stands here, which YAML does not allow.");
        }

        try
        {
            return ImportSource.FromNode(file, readYaml(Encoding.UTF8.GetString(text)));
        }
        catch (SourceException exception)
        {
            return ImportSource.Unreadable(file, exception.Message, exception.Position);
        }
    }

    private static byte[] ReadBytes(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var limited = new MemoryStream();
            byte[] buffer = new byte[64 * 1024];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                limited.Write(buffer, 0, read);
                if (limited.Length > LargestBytes)
                {
                    throw Unreadable(file, $"it is larger than {LargestBytes / 1024 / 1024} MiB.", FailureKind.InvalidData, null);
                }
            }

            return limited.ToArray();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable(file, "there is no such file.", FailureKind.NotFound, exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Unreadable(file, Directory.Exists(file) ? "it is a directory." : exception.Message, FailureKind.Permission, exception);
        }
        catch (IOException exception)
        {
            throw Unreadable(file, exception.Message, FailureKind.Failed, exception);
        }
    }

    private static bool IsYaml(string file, ReadOnlySpan<byte> text) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".json" => false,
        ".yaml" or ".yml" => true,
        _ => !text.TrimStart(" \t\r\n"u8).StartsWith("{"u8),
    };

    private static ImportSource Broken(string file, ReadOnlySpan<byte> text, int offset, string message)
    {
        var position = new Json.TextPosition();
        position.AdvanceTo(text, offset);
        return ImportSource.Unreadable(file, message, new SourcePosition(position.Line, position.Column));
    }

    private static IdleHandsException Unreadable(string file, string reason, FailureKind kind, Exception? cause) => new(
        "ImportUnreadable",
        kind,
        $"Nothing was imported: '{file}' can't be read: {reason}",
        "Give the files that Export-IHConfiguration has written, or others of their form.",
        file,
        cause);
}

using System.Globalization;
using IdleHands.Hosts;

namespace IdleHands.Gguf;

/// <summary>The heads of all files of one set of weights.</summary>
/// <param name="Path">The path that was asked for.</param>
/// <param name="Files">What the file system says of each file of the set, in order.</param>
/// <param name="Headers">The heads, in the same order.</param>
internal sealed record GgufSet(string Path, IReadOnlyList<FileFact> Files, IReadOnlyList<GgufHeader> Headers)
{
    private const string SplitCount = "split.count";
    private const string SplitNumber = "split.no";
    private const string SplitTensors = "split.tensors.count";

    /// <summary>Metadata of the set: the first file has it all.</summary>
    public IReadOnlyDictionary<string, object> Metadata => Headers[0].Metadata;

    /// <summary>The tensors of all files.</summary>
    public IEnumerable<GgufTensor> Tensors => Headers.SelectMany(header => header.Tensors);

    /// <summary>Bytes of all files.</summary>
    public long Bytes => Headers.Sum(header => header.FileLength);

    /// <summary>How much was read of all files.</summary>
    public long BytesRead => Headers.Sum(header => header.BytesRead);

    /// <summary>Reads the heads of a set.</summary>
    /// <param name="connection">The way to the host that holds it.</param>
    /// <param name="path">One file of it.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">
    /// <c>ModelFileNotFound</c>, <c>ModelFileUnreadable</c>, <c>ShardMissing</c>, and those of <see cref="GgufHeaderReader"/>.
    /// </exception>
    public static async Task<GgufSet> ReadAsync(IHostConnection connection, string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<OpenedFile> files = await connection.OpenFilesAsync(ShardSet.PathsOf(path), cancellationToken).ConfigureAwait(false);
        try
        {
            CheckThere(connection.HostId, path, files);
            var headers = new List<GgufHeader>();
            foreach (OpenedFile file in files)
            {
                headers.Add(await ReadAsync(file, cancellationToken).ConfigureAwait(false));
            }

            var set = new GgufSet(path, [.. files.Select(file => file.Fact)], headers);
            set.CheckSplit();
            return set;
        }
        finally
        {
            foreach (OpenedFile file in files)
            {
                file.Dispose();
            }
        }
    }

    private static async Task<GgufHeader> ReadAsync(OpenedFile file, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => GgufHeaderReader.ReadAsync(file.Source!, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file.Fact.Path, e.Message, e);
        }
    }

    private static void CheckThere(string hostId, string path, IReadOnlyList<OpenedFile> files)
    {
        string[] missing = [.. files.Where(file => !file.Fact.Exists).Select(file => file.Fact.Path)];
        if (missing.Length == files.Count)
        {
            throw new IdleHandsException(
                "ModelFileNotFound",
                FailureKind.NotFound,
                $"There is no file '{path}' on host '{hostId}'.",
                "Correct the path; Get-IHModelFile lists the files of a directory.",
                path);
        }

        if (missing.Length > 0)
        {
            throw new IdleHandsException(
                GgufErrors.ShardMissingId,
                FailureKind.NotFound,
                Invariant($"Of the {files.Count} files of '{path}' {(missing.Length == 1 ? "one lacks" : $"{missing.Length} lack")} on host '{hostId}': {string.Join(", ", missing.Take(5))}{(missing.Length > 5 ? ", …" : string.Empty)}."),
                "Download what lacks to the same directory.",
                path);
        }

        if (files.FirstOrDefault(file => file.Source is null) is { } closed)
        {
            throw Unreadable(closed.Fact.Path, closed.Fact.Problem ?? "no answer", null);
        }
    }

    /// <summary>A file of another set under the name of one of this set would be loaded to no good.</summary>
    private void CheckSplit()
    {
        if (Headers.Count == 1)
        {
            return;
        }

        for (int index = 0; index < Headers.Count; index++)
        {
            IReadOnlyDictionary<string, object> metadata = Headers[index].Metadata;
            Check(index, metadata, SplitCount, Headers.Count);
            Check(index, metadata, SplitNumber, index);
        }

        Check(0, Metadata, SplitTensors, Headers.Sum(header => (long)header.Tensors.Count));
    }

    private void Check(int index, IReadOnlyDictionary<string, object> metadata, string key, long expected)
    {
        if (GgufKeys.Whole(metadata.GetValueOrDefault(key)) is { } said && said != expected)
        {
            throw GgufErrors.Broken(Files[index].Path, Invariant($"its {key} is {said}, which does not go with the {Headers.Count} files of its name, where it would be {expected}"));
        }
    }

    private static IdleHandsException Unreadable(string path, string why, Exception? cause) => new(
        "ModelFileUnreadable",
        FailureKind.Permission,
        $"'{path}' can't be read: {why}.",
        "Make it readable for the account that runs the server.",
        path,
        cause);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using IdleHands.Gguf;
using IdleHands.Hosts;

namespace IdleHands.Models;

/// <summary>Reads the heads of all files of a set of weights, on the host that holds them.</summary>
internal static class ModelFiles
{
    /// <summary>Id: there is no such file.</summary>
    public const string NotFoundId = "ModelFileNotFound";

    /// <summary>Id: it is there, and can't be read.</summary>
    public const string UnreadableId = "ModelFileUnreadable";

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

            var set = new GgufSet(path, NameList.From(files.Select(file => file.Fact.Path)), headers);
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
            return await Task.Run(() => GgufHeaderReader.ReadAsync(file.Source!, null, cancellationToken), cancellationToken)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
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
                NotFoundId,
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

    private static IdleHandsException Unreadable(string path, string why, Exception? cause) => new(
        UnreadableId,
        FailureKind.Permission,
        $"'{path}' can't be read: {why}.",
        "Make it readable for the account that runs the server.",
        path,
        cause);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using IdleHands.Gguf;
using IdleHands.Hosts;

namespace IdleHands.Models;

/// <summary>
/// Describes the models among files of one host, each once whichever of its shards is named. Heads are read, and nothing
/// else of the files.
/// </summary>
/// <param name="request">How the models are to be loaded.</param>
internal sealed class ModelFileReader(MemoryRequest request)
{
    /// <summary>The ending of model files.</summary>
    public const string Extension = ".gguf";

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NameList> _directories = new(StringComparer.Ordinal);

    /// <summary>
    /// What a path names: one file of each set, no sidecar that goes with another, and nothing that was given before. Of
    /// directories and patterns only .gguf files count; a file that is named is taken for one, whatever it is called.
    /// </summary>
    /// <param name="connection">The way to the host.</param>
    /// <param name="path">The path; a file or directory of this name comes before a pattern.</param>
    /// <param name="isLiteral">True: it is no pattern.</param>
    /// <param name="recurse">True: also what lies in the directories below a directory.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task<FileSearch> FindAsync(IHostConnection connection, string path, bool isLiteral, bool recurse, CancellationToken cancellationToken)
    {
        bool isPattern = !isLiteral && path.AsSpan().IndexOfAny('*', '?', '[') >= 0;
        FileFact fact = (await connection.StatAsync([path], cancellationToken).ConfigureAwait(false))[0];
        if (fact.Problem != "is a directory" && (fact.Exists || !isPattern))
        {
            // Also where it is not there: reading it tells why, and of a split model any part may be there.
            return new FileSearch(new NameList(path), NameList.From(_seen.Add(ShardSet.FirstOf(path)) ? [path] : []));
        }

        NameList found = await connection.FindFilesAsync(path, Extension, recurse, cancellationToken).ConfigureAwait(false);
        NameList files = NameList.From(found.Where(file => file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)));
        var owned = new HashSet<string>(StringComparer.Ordinal);
        foreach (IGrouping<string, string> directory in files.GroupBy(DirectoryOf).Where(directory => directory.Any(ShardSet.IsSidecar)))
        {
            string[] all = [.. directory];
            owned.UnionWith(all.Where(file => !ShardSet.IsSidecar(file)).SelectMany(file => Sidecars.Of(file, all)));
        }

        return new FileSearch(files, NameList.From(files.Where(file => !owned.Contains(file) && _seen.Add(ShardSet.FirstOf(file)))));
    }

    /// <summary>Describes the model that a file belongs to.</summary>
    /// <exception cref="IdleHandsException">Those of reading a <see cref="GgufSet"/>, and of the way to the host.</exception>
    public async Task<GgufFile> ReadAsync(IHostConnection connection, string path, CancellationToken cancellationToken)
    {
        GgufSet set = await ModelFiles.ReadAsync(connection, path, cancellationToken).ConfigureAwait(false);
        NameList sidecars = Sidecars.Of(path, await SiblingsAsync(connection, path, cancellationToken).ConfigureAwait(false));
        long bytes = 0;
        if (sidecars.Count > 0)
        {
            IReadOnlyList<FileFact> facts = await connection.StatAsync(sidecars, cancellationToken).ConfigureAwait(false);
            bytes = facts.Sum(fact => fact.Size ?? 0);
        }

        return GgufFile.Of(set, request with { PossibleSidecarBytes = request.PossibleSidecarBytes + bytes }) with { Sidecars = sidecars };
    }

    private async ValueTask<NameList> SiblingsAsync(IHostConnection connection, string path, CancellationToken cancellationToken)
    {
        string directory = DirectoryOf(path);
        if (!_directories.TryGetValue(directory, out NameList? files))
        {
            _directories[directory] = files = await connection.FindFilesAsync(directory, Extension, recurse: false, cancellationToken).ConfigureAwait(false);
        }

        return files;
    }

    private static string DirectoryOf(string path) => path[..^ShardSet.FileNameOf(path).Length] is { Length: > 0 } directory ? directory : "./";
}

/// <summary>What a path names.</summary>
/// <param name="Files">The files.</param>
/// <param name="Models">Those to describe, one of each set.</param>
internal sealed record FileSearch(NameList Files, NameList Models);

using System.Globalization;
using System.Text.Json;
using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;

namespace IdleHands.Setup;

/// <summary>Looks for models in directories of a host. Only the heads of files are read; each directory has a limit.</summary>
internal sealed class ModelSearch(IHostConnection connection)
{
    /// <summary>Most models that are taken.</summary>
    internal const int MostModels = 1000;

    private const int LongestManifest = 1 << 20;
    private const int RemarksShown = 5;

    /// <summary>A share that hangs must not hold up all others.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Architectures that make vectors of texts, or parts of a model, and answer nobody.</summary>
    private static readonly string[] Silent =
        ["bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert", "eurobert", "gemma-embedding", "t5encoder", "clip", "wavtokenizer-dec"];

    private readonly List<FoundModel> _models = [];
    private readonly List<string> _remarks = [];
    private readonly List<string> _looked = [];
    private readonly HashSet<(string, long, string?)> _seen = [];
    private readonly ModelFileReader _reader = new(new MemoryRequest());

    /// <summary>Looks in all of these, one after the other.</summary>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<FoundModels> FindAsync(IEnumerable<ModelPlace> places, Action<string> onPlace, CancellationToken cancellationToken)
    {
        foreach (ModelPlace place in places)
        {
            onPlace(place.Path);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            try
            {
                if ((await connection.StatAsync([place.Path], limit.Token).ConfigureAwait(false))[0].Problem == "is a directory")
                {
                    _looked.Add(place.Path);
                    await (place.IsOllama ? AddStoreAsync(place, limit.Token) : AddDirectoryAsync(place, limit.Token)).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                _remarks.Add($"{place.Path} took longer than {Limit.TotalSeconds:0} s, and was left there");
            }
            catch (IdleHandsException exception)
            {
                _remarks.Add($"{place.Path} could not be looked at: {exception.Message}");
            }
        }

        if (_models.Count >= MostModels)
        {
            _remarks.Add(string.Create(CultureInfo.InvariantCulture, $"there are more than {MostModels} models: the others were left out"));
        }

        string[] shown = _remarks.Count <= RemarksShown ? [.. _remarks] : [.. _remarks.Take(RemarksShown), string.Create(CultureInfo.InvariantCulture, $"and {_remarks.Count - RemarksShown} more were left out")];
        return new FoundModels(_models, NameList.From(_looked), new NameList(shown));
    }

    private async Task AddDirectoryAsync(ModelPlace place, CancellationToken cancellationToken)
    {
        FileSearch found = await _reader.FindAsync(connection, place.Path, isLiteral: true, recurse: true, cancellationToken).ConfigureAwait(false);
        foreach (string path in found.Models)
        {
            if (_models.Count < MostModels && !ShardSet.IsSidecar(path) && await ReadAsync(path, path, cancellationToken).ConfigureAwait(false) is { } file && IsNew(file.FileName, file))
            {
                _models.Add(new FoundModel(place.Name, file.FileName, file.Path, file));
            }
        }
    }

    /// <summary>A manifest, <c>manifests/registry.ollama.ai/library/qwen3/8b</c>, names by its digest the file that holds the weights.</summary>
    private async Task AddStoreAsync(ModelPlace place, CancellationToken cancellationToken)
    {
        string root = place.Path.TrimEnd('/', '\\') + "/manifests";
        foreach (string manifest in await connection.FindFilesAsync(root, string.Empty, recurse: true, cancellationToken).ConfigureAwait(false))
        {
            string[] parts = manifest[root.Length..].Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
            if (_models.Count >= MostModels || parts.Length < 4 || await ReadDigestAsync(manifest, cancellationToken).ConfigureAwait(false) is not { } digest)
            {
                continue;
            }

            string tag = TagOf(parts);
            string path = $"{place.Path.TrimEnd('/', '\\')}/blobs/{digest.Replace(':', '-')}";
            if (await ReadAsync(path, tag, cancellationToken).ConfigureAwait(false) is { } file && IsNew(tag, file))
            {
                _models.Add(new FoundModel(place.Name, tag, file.Path, file, tag));
            }
        }
    }

    /// <summary><c>qwen3:8b</c> of Ollama's own library, <c>someone/qwen3:8b</c> of another there, <c>hf.co/owner/name:Q4_K_M</c> of another registry.</summary>
    internal static string TagOf(string[] parts)
    {
        string[] name = parts[..^1];
        name = name[0] == "registry.ollama.ai" ? name[1] == "library" ? name[2..] : name[1..] : name;
        return $"{string.Join('/', name)}:{parts[^1]}";
    }

    /// <summary>The digest of the weights; null for a manifest without, as of a model that runs elsewhere.</summary>
    internal static string? DigestOf(ReadOnlyMemory<byte> manifest)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(manifest);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("layers", out JsonElement layers) && layers.ValueKind == JsonValueKind.Array
                ? layers.EnumerateArray()
                    .Where(layer => Text(layer, "mediaType") == "application/vnd.ollama.image.model")
                    .Select(layer => Text(layer, "digest"))
                    .FirstOrDefault(digest => digest?.StartsWith("sha256:", StringComparison.Ordinal) == true && digest[7..].All(char.IsAsciiHexDigit))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task<string?> ReadDigestAsync(string manifest, CancellationToken cancellationToken)
    {
        using OpenedFile file = (await connection.OpenFilesAsync([manifest], cancellationToken).ConfigureAwait(false))[0];
        if (file.Source is not { Length: <= LongestManifest } source)
        {
            return null;
        }

        try
        {
            byte[] text = new byte[source.Length];
            int length = 0;
            while (length < text.Length && await source.ReadAsync(length, text.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                length += read;
            }

            return DigestOf(text.AsMemory(0, length));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What a file says; null, with a remark, where it is broken, or no model that answers.</summary>
    private async Task<GgufFile?> ReadAsync(string path, string name, CancellationToken cancellationToken)
    {
        try
        {
            GgufFile file = await _reader.ReadAsync(connection, path, cancellationToken).ConfigureAwait(false);
            bool isPart = file.Metadata.GetValueOrDefault("general.type") is string type and not "model" && type.Length > 0;
            if (!isPart && !Silent.Contains(file.Architecture))
            {
                return file;
            }

            _remarks.Add($"{name} is no model that answers ({(isPart ? file.Metadata["general.type"] : file.Architecture)})");
            return null;
        }
        catch (IdleHandsException exception)
        {
            _remarks.Add(exception.Message.Contains(name, StringComparison.Ordinal) ? exception.Message : $"{name}: {exception.Message}");
            return null;
        }
    }

    /// <summary>The same file lies in several places where several tools have downloaded it.</summary>
    private bool IsNew(string name, GgufFile file) => _seen.Add((name, file.SizeBytes, file.Name));
}

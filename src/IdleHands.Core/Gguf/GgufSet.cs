using System.Globalization;

namespace IdleHands.Gguf;

/// <summary>The heads of all files of one set of weights.</summary>
/// <param name="Path">The path that was asked for.</param>
/// <param name="Files">The paths of all files of the set, in order.</param>
/// <param name="Headers">The heads, in the same order.</param>
internal sealed record GgufSet(string Path, NameList Files, IReadOnlyList<GgufHeader> Headers)
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

    /// <summary>Refuses a file of another set under the name of one of this set: it would be loaded to no good.</summary>
    /// <exception cref="IdleHandsException"><c>GgufBroken</c>.</exception>
    public void CheckSplit()
    {
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
            throw GgufErrors.Broken(Files[index], Invariant($"its {key} is {said}, which does not go with its name: of {Headers.Count} file{(Headers.Count == 1 ? string.Empty : "s")} it would be {expected}"));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

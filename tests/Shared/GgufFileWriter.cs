using System.Text;

namespace IdleHands.Testing;

/// <summary>Writes GGUF files for tests: metadata of any type, tensors of any type, whose weights are zeros that take no room on disk.</summary>
public sealed class GgufFileWriter
{
    private static readonly Dictionary<Type, uint> Types = new()
    {
        [typeof(byte)] = 0,
        [typeof(sbyte)] = 1,
        [typeof(ushort)] = 2,
        [typeof(short)] = 3,
        [typeof(uint)] = 4,
        [typeof(int)] = 5,
        [typeof(float)] = 6,
        [typeof(bool)] = 7,
        [typeof(string)] = 8,
        [typeof(ulong)] = 10,
        [typeof(long)] = 11,
        [typeof(double)] = 12,
    };

    private readonly List<KeyValuePair<string, object>> _metadata = [];
    private readonly List<(string Name, long[] Dimensions, uint Type, long Bytes)> _tensors = [];

    /// <summary>Version of the format.</summary>
    public uint Version { get; init; } = 3;

    /// <summary>What offsets are multiples of; it is written only when it isn't the format's own, 32.</summary>
    public uint Alignment { get; init; } = 32;

    /// <summary>The values of an array, of any of the format's types, arrays among them.</summary>
    public static Array ArrayOf<T>(params T[] items)
        where T : notnull => items;

    /// <summary>A model as small ones are: one block, a vocabulary, tensors of one type.</summary>
    public static GgufFileWriter Model(string architecture = "qwen2", uint contextLength = 32_768, int blocks = 2, uint vocabulary = 64, long embedding = 256)
    {
        GgufFileWriter writer = new GgufFileWriter()
            .Add("general.architecture", architecture)
            .Add("general.name", "Tiny Model")
            .Add("general.file_type", 15u)
            .Add($"{architecture}.context_length", contextLength)
            .Add($"{architecture}.block_count", (uint)blocks)
            .Add($"{architecture}.embedding_length", (uint)embedding)
            .Add($"{architecture}.feed_forward_length", (uint)embedding * 4)
            .Add($"{architecture}.attention.head_count", 4u)
            .Add($"{architecture}.attention.head_count_kv", 2u)
            .Add("tokenizer.ggml.tokens", Enumerable.Range(0, (int)vocabulary).Select(token => $"token{token}").ToArray())
            .Add("tokenizer.chat_template", "{{ messages }}")
            .Tensor("token_embd.weight", 12, 256, 144, embedding, vocabulary);
        for (int block = 0; block < blocks; block++)
        {
            writer.Tensor($"blk.{block}.attn_q.weight", 12, 256, 144, embedding, embedding);
            writer.Tensor($"blk.{block}.attn_norm.weight", 0, 1, 4, embedding);
        }

        return writer;
    }

    /// <summary>Adds a pair; an array for a list, <c>object[]</c> holding arrays for a list of lists.</summary>
    public GgufFileWriter Add(string key, object value)
    {
        _metadata.Add(KeyValuePair.Create(key, value));
        return this;
    }

    /// <summary>Sets a pair that is there already.</summary>
    public GgufFileWriter Set(string key, object value)
    {
        _metadata.RemoveAll(pair => pair.Key == key);
        return Add(key, value);
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Number of its type.</param>
    /// <param name="blockElements">Elements of a block of that type.</param>
    /// <param name="blockBytes">Bytes of a block of that type.</param>
    /// <param name="dimensions">Its extents.</param>
    public GgufFileWriter Tensor(string name, uint type, int blockElements, int blockBytes, params long[] dimensions)
    {
        long elements = dimensions.Aggregate(1L, (product, dimension) => product * dimension);
        _tensors.Add((name, dimensions, type, elements * blockBytes / blockElements));
        return this;
    }

    /// <summary>The head alone, and how long the file is with its weights.</summary>
    public (byte[] Head, long Length) Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)_tensors.Count);
        List<KeyValuePair<string, object>> pairs = Alignment == 32 ? _metadata : [.. _metadata, KeyValuePair.Create("general.alignment", (object)Alignment)];
        writer.Write((ulong)pairs.Count);
        foreach ((string key, object value) in pairs)
        {
            WriteText(writer, key);
            WriteTyped(writer, value);
        }

        long offset = 0;
        long end = 0;
        foreach ((string name, long[] dimensions, uint type, long bytes) in _tensors)
        {
            WriteText(writer, name);
            writer.Write((uint)dimensions.Length);
            foreach (long dimension in dimensions)
            {
                writer.Write((ulong)dimension);
            }

            writer.Write(type);
            writer.Write((ulong)offset);
            end = offset + bytes;
            offset = Padded(end);
        }

        writer.Flush();
        return (stream.ToArray(), _tensors.Count == 0 ? stream.Length : Padded(stream.Length) + end);
    }

    /// <summary>The whole file.</summary>
    public byte[] ToArray()
    {
        (byte[] head, long length) = Write();
        Array.Resize(ref head, checked((int)length));
        return head;
    }

    /// <summary>Writes the file; its weights are a hole that takes no room.</summary>
    public void Save(string path)
    {
        (byte[] head, long length) = Write();
        using FileStream file = File.Create(path);
        file.Write(head);
        file.SetLength(length);
    }

    /// <summary>Writes a set of shards <c>name-00001-of-0000N.gguf</c>: this as the first, and others of one tensor each.</summary>
    /// <returns>Path of the first.</returns>
    public string SaveShards(string directory, string name, int count)
    {
        for (int index = 0; index < count; index++)
        {
            GgufFileWriter shard = index == 0 ? this : new GgufFileWriter().Tensor($"blk.{index + 100}.ffn_up.weight", 12, 256, 144, 256, 256);
            shard.Set("split.no", (ushort)index).Set("split.count", (ushort)count).Set("split.tensors.count", _tensors.Count + count - 1);
            shard.Save(Path.Combine(directory, $"{name}-{index + 1:D5}-of-{count:D5}.gguf"));
        }

        return Path.Combine(directory, $"{name}-00001-of-{count:D5}.gguf");
    }

    private static void WriteTyped(BinaryWriter writer, object value)
    {
        writer.Write(value is Array ? 9u : Types[value.GetType()]);
        WriteValue(writer, value);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case Array items:
                Type element = items.GetType().GetElementType()!;
                writer.Write(element.IsArray || element == typeof(object) || element == typeof(Array) ? 9u : Types[element]);
                writer.Write((ulong)items.Length);
                foreach (object item in items)
                {
                    WriteValue(writer, item);
                }

                break;
            case string text:
                WriteText(writer, text);
                break;
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            default: throw new ArgumentException($"No GGUF type for {value.GetType()}.", nameof(value));
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;
}

using System.Buffers.Binary;
using CsCheck;
using IdleHands.Gguf;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Gguf;

public sealed class GgufHeaderReaderTests
{
    private static readonly Gen<object> GenScalar = Gen.OneOf<object>(
        Gen.Byte.Select(value => (object)value),
        Gen.SByte.Select(value => (object)value),
        Gen.UShort.Select(value => (object)value),
        Gen.Short.Select(value => (object)value),
        Gen.UInt.Select(value => (object)value),
        Gen.Int.Select(value => (object)value),
        Gen.Float.Select(value => (object)value),
        Gen.Bool.Select(value => (object)value),
        Gen.String[0, 300].Where(IsWholeText).Select(value => (object)value),
        Gen.ULong.Select(value => (object)value),
        Gen.Long.Select(value => (object)value),
        Gen.Double.Select(value => (object)value));

    private static readonly Gen<object> GenArray = Gen.OneOf<object>(
        Gen.Byte.Array[0, 20].Select(value => (object)value),
        Gen.SByte.Array[0, 20].Select(value => (object)value),
        Gen.UShort.Array[0, 20].Select(value => (object)value),
        Gen.Short.Array[0, 20].Select(value => (object)value),
        Gen.UInt.Array[0, 20].Select(value => (object)value),
        Gen.Int.Array[0, 20].Select(value => (object)value),
        Gen.Float.Array[0, 20].Select(value => (object)value),
        Gen.Bool.Array[0, 20].Select(value => (object)value),
        Gen.String[0, 40].Where(IsWholeText).Array[0, 20].Select(value => (object)value),
        Gen.ULong.Array[0, 20].Select(value => (object)value),
        Gen.Long.Array[0, 20].Select(value => (object)value),
        Gen.Double.Array[0, 20].Select(value => (object)value));

    private static readonly Gen<object> GenNested = Gen.Select(GenArray.Array[0, 3], Gen.Int[1, 6]).Select((items, depth) =>
    {
        object nested = items;
        for (int level = 1; level < depth; level++)
        {
            nested = new[] { nested };
        }

        return nested;
    });

    private static readonly Gen<(uint Version, uint Alignment, object[] Values, (GgufTensorType Type, long[] Shape)[] Tensors)> GenFile = Gen.Select(
        Gen.UInt[2, 3],
        Gen.Int[0, 12].Select(power => 1u << power),
        Gen.OneOf(GenScalar, GenArray, GenNested).Array[0, 30],
        Gen.Select(Gen.Int[0, GgufTensorType.Table.Count - 1].Select(index => GgufTensorType.Table[index]), Gen.Long[0, 5].Array[0, 4]).Array[0, 40]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void What_was_written_is_read_back() => GenFile.Sample(
        file =>
        {
            var writer = new GgufFileWriter { Version = file.Version, Alignment = file.Alignment };
            for (int index = 0; index < file.Values.Length; index++)
            {
                writer.Add($"key.{index}", file.Values[index]);
            }

            for (int index = 0; index < file.Tensors.Length; index++)
            {
                (GgufTensorType type, long[] shape) = file.Tensors[index];
                writer.Tensor($"tensor.{index}", type.Id, type.BlockElements, type.BlockBytes, Shape(type, shape));
            }

            GgufHeader header = Read(writer.ToArray());

            Assert.Equal(file.Version, header.Version);
            Assert.Equal(file.Alignment, header.Alignment);
            Assert.Equal(file.Values.Length, header.Metadata.Keys.Count(key => key.StartsWith("key.", StringComparison.Ordinal)));
            for (int index = 0; index < file.Values.Length; index++)
            {
                AssertSame(file.Values[index], header.Metadata[$"key.{index}"]);
            }

            Assert.Equal(file.Tensors.Length, header.Tensors.Count);
            long end = 0;
            for (int index = 0; index < file.Tensors.Length; index++)
            {
                (GgufTensorType type, long[] shape) = file.Tensors[index];
                GgufTensor tensor = header.Tensors[index];
                Assert.Equal($"tensor.{index}", tensor.Name);
                Assert.Equal(type, tensor.Type);
                Assert.Equal(Shape(type, shape), tensor.Dimensions);
                Assert.Equal(Shape(type, shape).Aggregate(1L, (product, extent) => product * extent), tensor.Elements);
                Assert.True(tensor.Offset >= end);
                end = tensor.Offset + tensor.Bytes!.Value;
            }

            Assert.Equal(0, header.DataOffset % file.Alignment);
        },
        iter: 2_000);

    [Fact]
    public void A_large_head_is_read_as_a_small_one_is()
    {
        var writer = GgufFileWriter.Model(vocabulary: 60_000);
        writer.Add("tokenizer.ggml.scores", new float[60_000]).Add("after.it", 17u);
        writer.Add("a.long.text", new string('x', 300_000)).Add("general.description", new string('é', 20_000));

        (byte[] head, long length) = writer.Write();
        GgufHeader header = Read(head, length);

        Assert.Equal(new GgufArray("string", 60_000, null), header.Metadata["tokenizer.ggml.tokens"]);
        Assert.Equal(new GgufArray("float32", 60_000, null), header.Metadata["tokenizer.ggml.scores"]);
        Assert.Equal(17u, header.Metadata["after.it"]);
        Assert.Equal(new GgufLongText(300_000), header.Metadata["a.long.text"]);
        Assert.Equal(new string('é', 20_000), header.Metadata["general.description"]);
        Assert.Equal(5, header.Tensors.Count);
    }

    [Fact]
    public void Only_the_head_is_read_and_of_it_no_more_than_is_wanted()
    {
        var writer = new GgufFileWriter().Add("skipped", new double[500_000]).Tensor("t", 0, 1, 4, 1 << 20);
        (byte[] head, long length) = writer.Write();

        GgufHeader header = Read(head, length);

        Assert.True(header.BytesRead <= 2 * GgufLimits.Default.BufferBytes, $"{header.BytesRead} bytes were read of a head of {head.Length} and a file of {length}");
    }

    [Fact]
    public void Cut_off_at_any_byte_it_is_told_to_be_cut_off()
    {
        byte[] whole = GgufFileWriter.Model(blocks: 1, vocabulary: 4)
            .Add("all.types", new object[] { GgufFileWriter.ArrayOf(1u, 2u), GgufFileWriter.ArrayOf("a", "bc") })
            .ToArray();
        Read(whole);
        for (int length = 0; length < whole.Length; length++)
        {
            IdleHandsException error = Assert.Throws<IdleHandsException>(() => Read(whole[..length]));
            Assert.Equal(length == 0 ? GgufErrors.NotGguf : GgufErrors.TruncatedId, error.ErrorId);
            Assert.Contains("/m/model.gguf", error.Message, StringComparison.Ordinal);
            Assert.NotNull(error.Recommendation);
        }
    }

    [Theory]
    [InlineData("version https://git-lfs", "NotGguf", "git lfs pull")]
    [InlineData("<!DOCTYPE html>", "NotGguf", "web page")]
    [InlineData("tjgg0000", "NotGguf", "before GGUF")]
    [InlineData("GGUF\u0001\0\0\0........................", "GgufVersionUnsupported", "anew")]
    [InlineData("GGUF\0\0\0\u0003........................", "GgufVersionUnsupported", "little-endian")]
    public void Another_file_is_told_for_what_it_is(string content, string errorId, string remedy)
    {
        IdleHandsException error = Assert.Throws<IdleHandsException>(() => Read([.. content.Select(letter => (byte)letter)]));

        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(remedy, error.Recommendation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("general.alignment", 0u)]
    [InlineData("general.alignment", 33u)]
    [InlineData("general.alignment", "32")]
    public void An_alignment_that_cannot_be_is_refused(string key, object value)
    {
        byte[] file = new GgufFileWriter().Add(key, value).Tensor("t", 0, 1, 4, 8).ToArray();

        Assert.Equal(GgufErrors.BrokenId, Assert.Throws<IdleHandsException>(() => Read(file)).ErrorId);
    }

    [Fact]
    public void Arrays_in_arrays_are_refused_beyond_eight()
    {
        object nested = GgufFileWriter.ArrayOf(1u);
        for (int depth = 0; depth < 7; depth++)
        {
            nested = new[] { nested };
        }

        Read(new GgufFileWriter().Add("deep", nested).ToArray());
        byte[] tooDeep = new GgufFileWriter().Add("deep", new[] { nested }).ToArray();

        Assert.Contains("more than 8 deep", Assert.Throws<IdleHandsException>(() => Read(tooDeep)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_there_twice_are_refused()
    {
        byte[] keys = new GgufFileWriter().Add("a", 1u).Add("a", 2u).ToArray();
        byte[] tensors = new GgufFileWriter().Tensor("t", 0, 1, 4, 8).Tensor("t", 0, 1, 4, 8).ToArray();

        Assert.Contains("key 'a'", Assert.Throws<IdleHandsException>(() => Read(keys)).Message, StringComparison.Ordinal);
        Assert.Contains("tensor 't'", Assert.Throws<IdleHandsException>(() => Read(tensors)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_an_unknown_type_is_listed_without_a_size()
    {
        GgufHeader header = Read(new GgufFileWriter().Tensor("new", 4711, 1, 4, 8).ToArray());

        Assert.Null(Assert.Single(header.Tensors).Bytes);
    }

    /// <summary>Counts that announce the whole of a large file, in a file that is as large: nothing is allocated for them.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void A_count_that_only_the_length_bounds_allocates_nothing(int at)
    {
        byte[] head = new byte[64];
        "GGUF"u8.CopyTo(head);
        head[4] = 3;
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(at), 1UL << 36);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<IdleHandsException>(() => Read(head, 1L << 42));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
    }

    /// <summary>Texts without end: a terabyte of zeros is a hundred thousand million texts of no length.</summary>
    [Fact]
    public void A_head_that_does_not_end_is_given_up()
    {
        byte[] head = new byte[256];
        "GGUF"u8.CopyTo(head);
        head[4] = 3;
        head[16] = 1;
        head[24] = 1;
        head[32] = (byte)'k';
        head[33] = 9;
        head[37] = 8;
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(41), 1UL << 36);

        IdleHandsException error = Assert.Throws<IdleHandsException>(() => Read(head, 1L << 42));

        Assert.Contains("does not end within 256 MiB", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A hundred thousand files with bytes changed: each is read or refused, and described where it was read, with little
    /// memory and in little time.
    /// </summary>
    [Fact]
    public void A_hundred_thousand_mutated_heads_do_no_harm()
    {
        byte[][] wholes =
        [
            GgufFileWriter.Model(blocks: 1, vocabulary: 4).ToArray(),
            new GgufFileWriter { Alignment = 8 }
                .Add("general.architecture", "mamba").Add("mamba.block_count", 3u).Add("mamba.embedding_length", 8u)
                .Add("mamba.ssm.inner_size", 16u).Add("mamba.ssm.state_size", 4u).Add("mamba.ssm.conv_kernel", 4u)
                .Add("nested", new object[] { GgufFileWriter.ArrayOf("a", "b"), GgufFileWriter.ArrayOf(true, false) })
                .Tensor("token_embd.weight", 0, 1, 4, 8, 4)
                .ToArray(),
        ];
        int readable = 0;
        long most = 0;
        for (int seed = 0; seed < 100_000; seed++)
        {
            byte[] file = Mutate(wholes[seed % wholes.Length], new Random(seed));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                // The length lies, too: hostile counts are bounded by it alone.
                var source = new MemoryByteSource(file, seed % 3 == 0 ? 1L << 40 : null);
                GgufHeader header = Read(source, TimeSpan.FromSeconds(30));
                GgufFile described = GgufFile.Of(new GgufSet(source.Path, new NameList(source.Path), [header]), new MemoryRequest());
                Assert.True(described.Memory.LowBytes <= described.Memory.HighBytes && described.Memory.LowBytes >= 0, $"seed {seed}: {described.Memory}");
                readable++;
            }
            catch (IdleHandsException error)
            {
                Assert.StartsWith("Gguf", error.ErrorId.Replace("NotGguf", "Gguf", StringComparison.Ordinal), StringComparison.Ordinal);
            }

            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(most < 64 << 20, $"{most} bytes were allocated for one file");
        Assert.InRange(readable, 1_000, 99_000);
    }

    private static byte[] Mutate(byte[] whole, Random random)
    {
        byte[] file = [.. whole];
        int changes = random.Next(1, 4);
        for (int change = 0; change < changes; change++)
        {
            int at = random.Next(file.Length - 8);
            switch (random.Next(5))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), (ulong)random.NextInt64() >> random.Next(64));
                    break;
                case 3:
                    BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), ulong.MaxValue >> random.Next(2));
                    break;
                default:
                    file = [.. file[..at], .. file[(at + random.Next(1, 8))..]];
                    break;
            }
        }

        return file;
    }

    /// <summary>Extents of a tensor whose rows are whole blocks.</summary>
    private static long[] Shape(GgufTensorType type, long[] shape) =>
        [.. shape.Select((extent, index) => index == 0 ? extent * type.BlockElements : extent), .. shape.Length == 0 && type.BlockElements > 1 ? [type.BlockElements] : Array.Empty<long>()];

    private static bool IsWholeText(string text) => !text.Any(char.IsSurrogate);

    private static void AssertSame(object written, object read)
    {
        if (written is not Array items)
        {
            Assert.Equal(written, read);
            return;
        }

        GgufArray array = Assert.IsType<GgufArray>(read);
        Assert.Equal(items.Length, array.Count);
        int index = 0;
        foreach (object item in items)
        {
            AssertSame(item, array.Items![index++]);
        }
    }

    private static GgufHeader Read(byte[] content, long? length = null) => Read(new MemoryByteSource(content, length), TimeSpan.FromMinutes(2));

    /// <summary>Of a source in memory nothing is waited for, so that what is allocated is this thread's.</summary>
    private static GgufHeader Read(MemoryByteSource source, TimeSpan within)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(within);
        return GgufHeaderReader.ReadAsync(source, null, limit.Token).GetAwaiter().GetResult();
    }
}

using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;
using IdleHands.Testing;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// The head of a GGUF file of 400 tensors with a vocabulary of 150,000 tokens and as many merges: metadata and tensors
/// read, the model described, its memory estimated. Beside it the bytes of the head are read into a buffer, and nothing else.
/// </summary>
internal sealed class GgufClaim : IClaim
{
    private const int Blocks = 199;
    private const int Vocabulary = 150_000;
    private const int BufferBytes = 64 * 1024;
    private const double MostMilliseconds = 30;
    private const long MostBytes = 40L << 20;

    public string Name => "gguf";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        string directory = Directory.CreateTempSubdirectory("ih-bench-").FullName;
        try
        {
            string path = Path.Combine(directory, "model.gguf");
            GgufFileWriter writer = GgufFileWriter.Model(blocks: Blocks, vocabulary: Vocabulary)
                .Add("tokenizer.ggml.merges", Enumerable.Range(0, Vocabulary).Select(index => $"ab{index} cd{index}").ToArray())
                .Add("tokenizer.ggml.scores", new float[Vocabulary])
                .Tensor("output_norm.weight", 0, 1, 4, 256);
            long headBytes = writer.Write().Head.Length;
            writer.Save(path);

            await using var hosts = new HostConnections(directory);
            await using IHostConnection connection = hosts.Open(new RuntimeHost { Id = "here", DisplayName = "here" });
            (double subject, double baseline) = await Interleaved.MediansAsync(
                () => Interleaved.TimeAsync(() => DescribeAsync(connection, path)),
                () => Interleaved.TimeAsync(() => ReadBytes(path, headBytes)),
                warmUps: 20,
                quick ? 20 : 100);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await DescribeAsync(connection, path);
            long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            return
            [
                new Comparison($"head of a GGUF file, {(2 * Blocks) + 2} tensors, {Vocabulary:N0} tokens / its bytes read", subject, baseline, null)
                {
                    Note = $"{headBytes >> 10:N0} KiB of head, {allocated >> 10:N0} KiB allocated; promised: {MostMilliseconds} ms, {MostBytes >> 20} MiB",
                    FactsHold = subject < MostMilliseconds && allocated < MostBytes,
                },
            ];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task DescribeAsync(IHostConnection connection, string path)
    {
        GgufFile file = GgufFile.Of(await ModelFiles.ReadAsync(connection, path, CancellationToken.None), new MemoryRequest());
        if (file.TensorCount != (2 * Blocks) + 2)
        {
            throw new InvalidOperationException($"{file.TensorCount} tensors were read.");
        }
    }

    private static void ReadBytes(string path, long count)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] buffer = new byte[BufferBytes];
        while (count > 0 && file.Read(buffer, 0, (int)Math.Min(count, buffer.Length)) is > 0 and var read)
        {
            count -= read;
        }
    }
}

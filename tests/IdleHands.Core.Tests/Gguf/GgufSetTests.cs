using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Gguf;

public sealed class GgufSetTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ih-gguf-").FullName;
    private readonly HostConnections _hosts;
    private readonly IHostConnection _connection;

    public GgufSetTests()
    {
        _hosts = new HostConnections(Path.Combine(_directory, "logs"));
        _connection = _hosts.Open(new RuntimeHost { Id = "here", DisplayName = "Here" });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Of_forty_shards_only_the_heads_are_read()
    {
        string path = GgufFileWriter.Model(embedding: 1024, blocks: 40).SaveShards(_directory, "big", 40);

        GgufSet set = await ModelFiles.ReadAsync(_connection, path, Token);

        Assert.Equal(40, set.Headers.Count);
        Assert.Equal(81 + 39, set.Tensors.Count());
        Assert.True(set.BytesRead <= 40 * GgufLimits.Default.BufferBytes);
        Assert.True(set.Bytes > 24 << 20, $"{set.Bytes}");
    }

    [Fact]
    public async Task A_shard_that_lacks_is_named()
    {
        string path = GgufFileWriter.Model().SaveShards(_directory, "big", 3);
        File.Delete(path.Replace("00001-of", "00002-of", StringComparison.Ordinal));

        IdleHandsException error = await Assert.ThrowsAsync<IdleHandsException>(() => ModelFiles.ReadAsync(_connection, path, Token));

        Assert.Equal("ShardMissing", error.ErrorId);
        Assert.Contains("big-00002-of-00003.gguf", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shard_of_another_set_is_told()
    {
        string path = GgufFileWriter.Model().SaveShards(_directory, "big", 3);
        string other = GgufFileWriter.Model().SaveShards(_directory, "other", 2);
        File.Copy(other.Replace("00001-of", "00002-of", StringComparison.Ordinal), path.Replace("00001-of", "00002-of", StringComparison.Ordinal), overwrite: true);

        IdleHandsException error = await Assert.ThrowsAsync<IdleHandsException>(() => ModelFiles.ReadAsync(_connection, path, Token));

        Assert.Equal(GgufErrors.BrokenId, error.ErrorId);
        Assert.Contains("split.count is 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_under_a_name_of_its_own_is_told()
    {
        string part = GgufFileWriter.Model().SaveShards(_directory, "big", 2);
        string renamed = Path.Combine(_directory, "only.gguf");
        File.Copy(part, renamed);

        IdleHandsException error = await Assert.ThrowsAsync<IdleHandsException>(() => ModelFiles.ReadAsync(_connection, renamed, Token));

        Assert.Contains("split.count is 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_described_by_its_files()
    {
        string path = GgufFileWriter.Model(embedding: 512, blocks: 3, vocabulary: 100).Add("qwen2.expert_count", 8u).Add("qwen2.expert_used_count", 2u)
            .SaveShards(_directory, "tiny", 2);

        GgufFile file = GgufFile.Of(await ModelFiles.ReadAsync(_connection, path, Token), new MemoryRequest());

        Assert.Equal("tiny.gguf", file.FileName);
        Assert.Equal(2, file.Shards.Count);
        Assert.Equal("qwen2", file.Architecture);
        Assert.Equal("Tiny Model", file.Name);
        Assert.Equal((512 * 100) + (3 * ((512 * 512) + 512)) + (256 * 256), file.Parameters);
        Assert.Equal("Q4_K", file.Quantization);
        Assert.Equal("Q4_K_M", file.FileType);
        Assert.Equal(4.55, file.BitsPerWeight!.Value, 2);
        Assert.Equal(32_768, file.ContextLength);
        Assert.Equal(3, file.Layers);
        Assert.Equal((4L, 2L), (file.HeadCount!.Value, file.HeadCountKV!.Value));
        Assert.Equal((8L, 2L), (file.ExpertCount!.Value, file.ExpertUsedCount!.Value));
        Assert.True(file.HasChatTemplate);
        Assert.Equal(new FileInfo(file.Shards[0]).Length + new FileInfo(file.Shards[1]).Length, file.SizeBytes);
        Assert.Equal(MemoryConfidence.High, file.Memory.Confidence);
        Assert.Equal(32_768, file.Memory.ContextWindow);
    }

    [Fact]
    public async Task Weights_of_an_unknown_type_are_taken_for_as_large_as_the_file()
    {
        string path = Path.Combine(_directory, "new.gguf");
        GgufFileWriter.Model().Tensor("odd", 4711, 1, 4, 64).Save(path);

        GgufFile file = GgufFile.Of(await ModelFiles.ReadAsync(_connection, path, Token), new MemoryRequest());

        Assert.Null(file.BitsPerWeight);
        Assert.Equal(file.SizeBytes, file.Memory.Parts.Single(part => part.Name == MemoryPartName.Weights).HighBytes);
        Assert.Equal(MemoryConfidence.Medium, file.Memory.Confidence);
        Assert.Contains("4711", Assert.Single(file.Memory.Notes), StringComparison.Ordinal);
    }
}

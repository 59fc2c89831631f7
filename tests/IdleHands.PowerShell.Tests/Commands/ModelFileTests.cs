using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class ModelFileTests : ModuleTests
{
    private readonly string _models;

    public ModelFileTests()
    {
        _models = Path.Combine(Session.Root, "my models");
        Directory.CreateDirectory(_models);
    }

    private string Quoted => $"'{_models}'";

    private GgufFile[] Files(string arguments) => [.. Session.Get($"Get-IHModelFile {arguments}").Select(item => (GgufFile)item.BaseObject)];

    private string Save(string name, GgufFileWriter? writer = null)
    {
        string path = Path.Combine(_models, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        (writer ?? GgufFileWriter.Model()).Save(path);
        return path;
    }

    /// <summary>The files as the provider gives them: with their path as a property.</summary>
    private object[] Items() => [.. Directory.GetFiles(_models).Order(StringComparer.Ordinal).Select(path =>
    {
        var item = new PSObject(new FileInfo(path));
        item.Properties.Add(new PSNoteProperty("PSPath", "Microsoft.PowerShell.Core\\FileSystem::" + path));
        return item;
    })];

    [Fact]
    public void A_directory_lists_its_models_shards_as_one_and_sidecars_by_name()
    {
        Save("b-Q4_K_M.gguf");
        Save("vision/a-7B-Q4_K_M.gguf");
        Save("vision/mmproj-F16.gguf");
        GgufFileWriter.Model().SaveShards(_models, "big", 3);
        Save("mmproj-b-f16.gguf");
        Save("mmproj-nothing-f16.gguf");
        File.WriteAllText(Path.Combine(_models, "readme.md"), "x");

        GgufFile[] here = Files(Quoted);
        GgufFile[] all = Files($"{Quoted} -Recurse");

        Assert.Equal(["b-Q4_K_M.gguf", "big.gguf", "mmproj-nothing-f16.gguf"], here.Select(file => file.FileName));
        Assert.Equal(3, here[1].Shards.Count);
        Assert.Equal(Path.Combine(_models, "mmproj-b-f16.gguf"), Assert.Single(here[0].Sidecars));
        Assert.Contains(here[0].Memory.Parts, part => part.Name == MemoryPartName.Sidecars && part is { LowBytes: 0, HighBytes: > 0 });
        Assert.Equal(["b-Q4_K_M.gguf", "big.gguf", "mmproj-nothing-f16.gguf", "a-7B-Q4_K_M.gguf"], all.Select(file => file.FileName));
        Assert.Equal("mmproj-F16.gguf", Path.GetFileName(Assert.Single(all[3].Sidecars)));
        Assert.All(all, file => Assert.Null(file.HostId));
    }

    [Fact]
    public void Paths_wildcards_and_the_pipeline_name_files()
    {
        Save("one.gguf");
        Save("two [x].gguf");
        string first = GgufFileWriter.Model().SaveShards(_models, "big", 2);
        Session.Runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(_models));

        Assert.Equal(["one.gguf"], Files($"'{_models}/o*'").Select(file => file.FileName));
        Assert.Equal(["two [x].gguf"], Files($"-LiteralPath '{_models}/two [x].gguf'").Select(file => file.FileName));
        Assert.Equal(["one.gguf"], Session.Get("'./one.gguf' | Get-IHModelFile").Select(item => ((GgufFile)item.BaseObject).FileName));
        Assert.Equal(["big.gguf", "one.gguf", "two [x].gguf"], Session.Get("$input | Get-IHModelFile", Items()).Select(item => ((GgufFile)item.BaseObject).FileName));
        Assert.Equal([first], Files($"'{first.Replace("00001-of", "00002-of", StringComparison.Ordinal)}'").Select(file => file.Path));
        Assert.Empty(Files($"'{_models}/none*'"));
        Session.Get($"Add-IHModel two -Source '{_models}/two [x].gguf' -StartCommand 'true'");
        Assert.Equal(["two [x].gguf"], Session.Get("Get-IHModel two | Get-IHModelFile").Select(item => ((GgufFile)item.BaseObject).FileName));
    }

    [Fact]
    public void The_memory_is_for_the_context_and_cache_that_are_asked_for()
    {
        string path = Save("one.gguf", GgufFileWriter.Model(blocks: 4));

        long Cache(string arguments) => Files($"'{path}' {arguments}")[0].Memory.Parts.Single(part => part.Name == MemoryPartName.KVCache).HighBytes;

        // 4 layers × 2 heads × (64 + 64): 1,024 elements a token.
        Assert.Equal(1024L * 32_768 * 2, Cache(string.Empty));
        Assert.Equal(1024L * 4096 * 2, Cache("-ContextWindow 4096"));
        Assert.Equal(1024L * 4096 * 34 / 32, Cache("-ContextWindow 4096 -CacheType Q8_0"));
        Assert.Equal((512L * 4096 * 34 / 32) + (512L * 4096 * 18 / 32), Cache("-ContextWindow 4096 -CacheType q8_0, q4_0"));
    }

    [Fact]
    public void What_cannot_be_read_is_an_error_of_its_own()
    {
        Save("good.gguf");
        File.WriteAllText(Path.Combine(_models, "bad.gguf"), "<html>");
        string cut = Save("cut.gguf");
        using (FileStream file = File.OpenWrite(cut))
        {
            file.SetLength(file.Length - 1);
        }

        GgufFileWriter.Model().SaveShards(_models, "half", 2);
        File.Delete(Path.Combine(_models, "half-00001-of-00002.gguf"));

        Result result = Session.Run($"Get-IHModelFile {Quoted}, '{_models}/none.gguf', 'Env:PATH'");

        Assert.Equal("good.gguf", ((GgufFile)Assert.Single(result.Output).BaseObject).FileName);
        Assert.Equal(["ModelFileNotFound", "NotGguf", "GgufTruncated", "ShardMissing", "ModelFileNotFound"], result.Errors.Select(ErrorId));
        Assert.All(result.Errors, error => Assert.NotEmpty(error.ErrorDetails?.RecommendedAction ?? string.Empty));
    }

    [Fact]
    public void Of_a_thousand_files_only_the_heads_are_read()
    {
        for (int index = 0; index < 1000; index++)
        {
            Save($"m{index:D4}.gguf", GgufFileWriter.Model(embedding: 1024, vocabulary: 500));
        }

        GgufFile[] files = Files(Quoted);

        Assert.Equal(1000, files.Length);
        Assert.Equal(1000 * new FileInfo(Path.Combine(_models, "m0000.gguf")).Length, files.Sum(file => file.SizeBytes));
        Assert.All(files, file => Assert.InRange(file.BytesRead, 1, 64 * 1024));
        Assert.True(files.Sum(file => file.BytesRead) < files.Sum(file => file.SizeBytes) / 10);
    }

    [Fact]
    public void A_host_reads_its_own_files_and_is_named()
    {
        Save("one.gguf");
        GgufFileWriter.Model().SaveShards(_models, "big", 2);
        string prefix = string.Join(", ", ExecPrefix.Bare(Session.Root).Select(word => $"'{word}'"));
        Session.Get($"Add-IHHost pod -Transport exec -ExecPrefix {prefix}; Add-IHHost here; Add-IHHost gone -Transport exec -ExecPrefix no-such-program");

        GgufFile[] files = Files("'my models/*' -HostId pod");
        Result fleet = Session.Run("Get-IHModelFile 'my models/o*', 'my models/none.gguf' -HostId pod, gone");

        Assert.Equal(["big.gguf", "one.gguf"], files.Select(file => file.FileName));
        Assert.All(files, file => Assert.Equal("pod", file.HostId));
        Assert.Equal("pod", ((GgufFile)Assert.Single(fleet.Output).BaseObject).HostId);
        Assert.Equal(["ExecFailed", "ModelFileNotFound"], fleet.Errors.Select(ErrorId).Order(StringComparer.Ordinal));
        Assert.Equal(["one.gguf"], Files($"'{_models}/o*' -HostId he*").Select(file => file.FileName));
        Assert.Equal(["HostNotFound"], Session.Run($"Get-IHModelFile {Quoted} -HostId nobody").Errors.Select(ErrorId));
    }

    [Fact]
    public void Cache_types_complete_and_others_are_refused()
    {
        Assert.Equal(["q4_0", "q4_1"], Session.Complete("Get-IHModelFile -CacheType q4").Order(StringComparer.Ordinal));
        Assert.Contains("q9_9", Session.Run($"Get-IHModelFile {Quoted} -CacheType q9_9").Errors.Single().Exception.Message, StringComparison.Ordinal);
    }
}

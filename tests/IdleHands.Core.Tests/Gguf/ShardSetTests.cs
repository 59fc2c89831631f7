using IdleHands.Gguf;

namespace IdleHands.Core.Tests.Gguf;

public sealed class ShardSetTests
{
    [Theory]
    [InlineData("/m/big-00001-of-00003.gguf")]
    [InlineData("/m/big-00003-of-00003.gguf")]
    public void Names_every_file_of_a_set(string path) => Assert.Equal(
        new NameList("/m/big-00001-of-00003.gguf", "/m/big-00002-of-00003.gguf", "/m/big-00003-of-00003.gguf"),
        ShardSet.PathsOf(path));

    [Theory]
    [InlineData("C:\\m\\a-00001-of-00002.gguf", "C:\\m\\a-00002-of-00002.gguf")]
    [InlineData("a b-00001-of-00002.gguf", "a b-00002-of-00002.gguf")]
    [InlineData("/x-00001-of-00009.gguf/a-00001-of-00002.gguf", "/x-00001-of-00009.gguf/a-00002-of-00002.gguf")]
    public void Keeps_the_folder_as_it_is(string path, string second)
    {
        NameList paths = ShardSet.PathsOf(path);
        Assert.Equal([path, second], paths);
    }

    [Theory]
    [InlineData("/m/one.gguf")]
    [InlineData("/m/mmproj-big-00001-of-00002.gguf")]
    [InlineData("/m/mtp-big-00001-of-00002.gguf")]
    [InlineData("/m/big-00000-of-00002.gguf")]
    [InlineData("/m/big-00003-of-00002.gguf")]
    [InlineData("/m/big-1-of-2.gguf")]
    [InlineData("/m/big-00001-of-99999.gguf")]
    [InlineData("/m/big-00001-of-00002.gguf.part")]
    [InlineData("/m/big-00001-of-00002.gguf\n")]
    [InlineData("/m/big-00001-of-00002.gguf/")]
    [InlineData("")]
    public void Takes_any_other_file_for_itself(string path) => Assert.Equal([path], ShardSet.PathsOf(path));

    [Theory]
    [InlineData("/m/big-00001-of-00003.gguf", "big.gguf")]
    [InlineData("/m/big.gguf", "big.gguf")]
    [InlineData("C:\\m\\big.gguf", "big.gguf")]
    public void Knows_the_name_without_shard_numbers(string path, string expected) => Assert.Equal(expected, ShardSet.BaseNameOf(path));
}

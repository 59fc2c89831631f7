namespace IdleHands.Core.Tests.Common;

public sealed class NameListTests
{
    [Fact]
    public void Prints_its_names_joined() => Assert.Equal("a, b", new NameList("a", "b").ToString());

    [Fact]
    public void Is_equal_by_content_and_order()
    {
        Assert.Equal(new NameList("a", "b"), NameList.From(["a", "b"]));
        Assert.NotEqual(new NameList("a", "b"), new NameList("b", "a"));
    }
}

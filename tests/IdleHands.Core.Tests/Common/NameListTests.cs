using CsCheck;

namespace IdleHands.Core.Tests.Common;

public sealed class NameListTests
{
    [Fact]
    public void Prints_its_names_joined() => Assert.Equal("a, b", new NameList("a", "b").ToString());

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("a, b", "\"a, b\"")]
    [InlineData("\"a\"", "\"\"\"a\"\"\"")]
    [InlineData("a,b", "a,b")]
    [InlineData("a,", "a,")]
    [InlineData(" a \"b\"", " a \"b\"")]
    public void Prints_a_name_so_that_it_is_read_back(string name, string printed)
    {
        Assert.Equal(printed, new NameList(name).ToString());
        Assert.Equal(new NameList("x", name, "y"), NameList.Parse(new NameList("x", name, "y").ToString()));
        Assert.Equal(new NameList(name), NameList.Parse(printed));
    }

    [Theory]
    [InlineData("\"a\" b, c", new[] { "\"a\" b", "c" })]
    [InlineData("\"a, b", new[] { "\"a", "b" })]
    public void Takes_quotes_that_enclose_no_name_as_they_are(string text, string[] names) =>
        Assert.Equal(names, NameList.Parse(text));

    [Fact]
    public void Reads_back_any_names_and_variables() => Gen.String[Gen.Char["ab\",;= \n"], 0, 6].Array[1, 4].Sample(
        texts =>
        {
            Assert.Equal(texts, NameList.Parse(new NameList(texts).ToString()));
            var variables = new EnvironmentMap(texts.Select((text, index) => KeyValuePair.Create($"V{index}", text)));
            Assert.Equal(variables, EnvironmentMap.TryParse(variables.ToString()));
        },
        iter: 2000,
        seed: "0N0XIzNsQ0O2");

    [Fact]
    public void Is_equal_by_content_and_order()
    {
        Assert.Equal(new NameList("a", "b"), NameList.From(["a", "b"]));
        Assert.NotEqual(new NameList("a", "b"), new NameList("b", "a"));
    }
}

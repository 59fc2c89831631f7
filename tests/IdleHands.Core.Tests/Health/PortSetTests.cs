using CsCheck;

namespace IdleHands.Core.Tests.Health;

public sealed class PortSetTests
{
    private static readonly Gen<PortSet> AnySet = Gen.Int[1, 65535].List[0, 40].Select(PortSet.Of);

    [Theory]
    [InlineData("8080", "8080")]
    [InlineData("8080,8081,9000", "8080-8081,9000")]
    [InlineData(" 9000 , 8000-8002 ", "8000-8002,9000")]
    [InlineData("8000 - 8002", "8000-8002")]
    [InlineData("8081 8080", "8080-8081")]
    [InlineData("8000-8010,8005-8020,8020", "8000-8020")]
    [InlineData("1-1,65535", "1,65535")]
    public void Reads_ports_and_ranges(string text, string printed) => Assert.Equal(printed, PortSet.Parse(text).ToString());

    [Theory]
    [InlineData("8100-8000", "8100-8000", "the range is reversed; write 8000-8100")]
    [InlineData("8080,0", "0", "a port is a number from 1 to 65535")]
    [InlineData("8080-70000", "8080-70000", "a port is a number from 1 to 65535")]
    [InlineData("99999999999", "99999999999", "a port is a number from 1 to 65535")]
    [InlineData("8080,,9000", "", "is missing")]
    [InlineData("8080,", "", "is missing")]
    [InlineData("", "", "is missing")]
    [InlineData("8080,http", "http", "write a port like 8080 or a range like 8000-8100")]
    [InlineData("8000-8010-8020", "8000-8010-8020", "write a port like 8080 or a range like 8000-8100")]
    [InlineData("-8080", "-8080", "write a port like 8080 or a range like 8000-8100")]
    [InlineData("8000-", "8000-", "write a port like 8080 or a range like 8000-8100")]
    [InlineData("٨٠٨٠", "٨٠٨٠", "write a port like 8080 or a range like 8000-8100")]
    [InlineData("+80", "+80", "write a port like 8080 or a range like 8000-8100")]
    public void Refuses_a_bad_piece_by_name(string text, string piece, string rule)
    {
        IdleHandsException error = Assert.Throws<IdleHandsException>(() => PortSet.Parse(text));

        Assert.Equal(("InvalidPortSet", FailureKind.InvalidArgument), (error.ErrorId, error.Kind));
        Assert.StartsWith($"'{piece}' can't be used as ports: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.False(PortSet.TryParse(text, out PortSet? ports));
        Assert.Null(ports);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    [InlineData(-1)]
    public void Refuses_a_number_that_is_no_port(int port) =>
        Assert.Equal("InvalidPortSet", Assert.Throws<IdleHandsException>(() => PortSet.Of([8080, port])).ErrorId);

    [Fact]
    public void Looks_at_8080_to_8090_by_default() => Assert.Equal("8080-8090", PortSet.Default.ToString());

    [Fact]
    public void Prints_what_it_can_read_again() =>
        AnySet.Where(set => set.Count > 0).Sample(set => Assert.Equal(set, PortSet.Parse(set.ToString())), iter: 300, seed: "0000KgXfRr01");

    [Fact]
    public void Enumerates_each_port_once_in_order() =>
        Gen.Int[1, 65535].List[0, 40].Sample(
            ports => Assert.Equal(ports.ToHashSet().Order(), PortSet.Of(ports)), iter: 300, seed: "0000KgXfRr02");

    [Fact]
    public void Unites_two_sets() =>
        Gen.Select(AnySet, AnySet).Sample(
            (one, other) => Assert.Equal(one.ToHashSet().Union(other).Order(), one.Union(other)), iter: 300, seed: "0000KgXfRr03");

    [Fact]
    public void Contains_what_it_enumerates() =>
        Gen.Select(AnySet, Gen.Int[1, 65535]).Sample(
            (set, port) => Assert.Equal(set.ToHashSet().Contains(port), set.Contains(port)), iter: 300, seed: "0000KgXfRr04");
}

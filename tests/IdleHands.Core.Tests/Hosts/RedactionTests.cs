using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

public sealed class RedactionTests
{
    [Theory]
    [InlineData("key=s3cr3t-key.", "key=***.")]
    [InlineData("s3cr3t-keys3cr3t-key", "***")]
    [InlineData("as3cr3t-keyz", "a***z")]
    [InlineData("s3cr3t", "s3cr3t")]
    [InlineData("", "")]
    public void Masks_a_value_wherever_it_stands(string text, string expected) => Assert.Equal(expected, Masked(text, "s3cr3t-key"));

    [Theory]
    [InlineData("longsecret-and-more")]
    [InlineData("longsecret")]
    public void Masks_the_longer_of_two_that_begin_alike_as_a_whole(string value) =>
        Assert.Equal("<***>", Masked($"<{value}>", "longsecret", "longsecret-and-more"));

    [Fact]
    public void Leaves_no_end_of_a_value_that_overlaps_another() => Assert.Equal("<***>", Masked("<abcdefgh>", "abcdef", "defgh"));

    [Fact]
    public void Masks_a_value_that_overlaps_itself() => Assert.Equal("<***>", Masked("<abababab>", "ababab"));

    [Theory]
    [InlineData("pin 42, or 42", "pin ***, or ***")]
    [InlineData("port 8042, 4242 and x42", "port 8042, 4242 and x42")]
    public void Masks_a_very_short_value_only_where_it_is_a_word(string text, string expected) => Assert.Equal(expected, Masked(text, "42"));

    [Fact]
    public void An_empty_value_masks_nothing() => Assert.Equal("as it is", Masked("as it is", string.Empty));

    [Fact]
    public void Masks_every_line_of_a_value_that_has_several()
    {
        const string Key = "-----BEGIN KEY-----\r\nMIIEvQIBADAN\r\n}\r\nBgkqhkiG9w0B\r\n-----END KEY-----\r\n";

        Assert.Equal("<***>", Masked($"<{Key}>", Key));
        Assert.Equal("***\n}\n***", Masked("MIIEvQIBADAN\n}\nBgkqhkiG9w0B", Key));
        Assert.Equal("log: ***", Masked("log: BgkqhkiG9w0B", Key));
    }

    /// <summary>One value, as other programs write it.</summary>
    public static TheoryData<string> Written() =>
    [
        "p\u00e4ss \"w/rd'<1>\\\u20ac",
        "p%C3%A4ss%20%22w%2Frd%27%3C1%3E%5C%E2%82%AC",
        "p%c3%a4ss%20%22w%2frd%27%3c1%3e%5c%e2%82%ac",
        "p%C3%A4ss+%22w%2Frd%27%3C1%3E%5C%E2%82%AC",
        "p\u00e4ss \\\"w/rd'<1>\\\\\u20ac",
        "p\u00e4ss \\\"w\\/rd'<1>\\\\\u20ac",
        "p\\u00e4ss \\\"w/rd'<1>\\\\\\u20ac",
        "p\\u00E4ss \\\"w/rd'<1>\\\\\\u20AC",
        "p\\u00E4ss \\u0022w/rd\\u0027\\u003C1\\u003E\\\\\\u20AC",
        "p\\u00e4ss \\\"w/rd'\\u003c1\\u003e\\\\\\u20ac",
        "p\u00e4ss \"w/rd'\\''<1>\\\u20ac",
    ];

    [Theory]
    [MemberData(nameof(Written))]
    public void Masks_a_value_that_is_escaped_for_a_url_json_or_a_shell(string written) =>
        Assert.Equal("[***]", Masked($"[{written}]", "p\u00e4ss \"w/rd'<1>\\\u20ac"));

    [Fact]
    public void Masks_the_control_characters_of_a_value_in_json() =>
        Assert.Equal("{\"k\":\"***\"}", Masked("{\"k\":\"tab\\there\\u0001\\r\\n\"}", "tab\there\u0001\r\n"));

    [Theory]
    [InlineData("[…]ret-value and more", "[…]*** and more")]
    [InlineData("[…]\uFFFDret-value and more", "[…]\uFFFD*** and more")]
    [InlineData("[…]lue and more", "[…]lue and more")]
    [InlineData("ret-value and more", "ret-value and more")]
    public void Masks_the_end_of_a_value_whose_beginning_was_cut_off(string text, string expected) =>
        Assert.Equal(expected, Masked(text, "secret-value"));

    private static string Masked(string text, params string[] secrets) => new Redaction(secrets).Apply(text);
}

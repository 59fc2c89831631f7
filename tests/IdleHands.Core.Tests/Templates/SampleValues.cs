using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

/// <summary>Values of a template for tests.</summary>
internal static class SampleValues
{
    public static TemplateValues With(string source) => new()
    {
        Source = source,
        Port = 8080,
        Host = "127.0.0.1",
        ModelId = "qwen",
        HostId = "here",
    };

    /// <summary>Values that a shell, or whoever writes for one, easily gets wrong.</summary>
    public static TheoryData<string> Hostile { get; } =
    [
        "with space",
        " leading and trailing ",
        "it's",
        "''",
        "say \"hi\"",
        "\"",
        "$(touch x)",
        "`touch x`",
        "; touch x",
        "a & touch x &",
        "a && touch x",
        "a || touch x",
        "| touch x",
        "> x",
        "%PATH%",
        "$HOME ${HOME}",
        "wow! !! !x",
        "line\ntouch x\nline",
        "\n",
        "-rf",
        "--help",
        "--",
        "größe 模型 🦙",
        "",
        "~/model",
        "* ? [a-z]",
        "a{b,c}",
        "#comment",
        "back\\slash\\",
        "\\",
        "^x^",
        "tab\there",
        "’; touch x; ’",
        "{source}",
    ];
}

using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>What is wrong with a text that is not JSON, in words for whoever wrote the text and not for whoever calls the reader.</summary>
internal static class JsonReason
{
    private static readonly (string Said, string Meant)[] _said =
    [
        ("trailing comma", "a comma stands behind the last element, where JSON allows none."),
        ("does not contain any JSON tokens", "there is nothing in it."),
        ("maximum configured depth", "it nests deeper than 64 levels, which is more than can be read."),
        ("zero at the end of the JSON payload", "it ends while an object or a list is still open."),
        ("reached end of data", "it ends in the middle of a value."),
    ];

    /// <summary>The reason of a reader's exception, without the place.</summary>
    public static string Of(JsonException exception)
    {
        foreach ((string said, string meant) in _said)
        {
            if (exception.Message.Contains(said, StringComparison.Ordinal))
            {
                return meant;
            }
        }

        int suffix = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return suffix < 0 ? exception.Message : exception.Message[..suffix];
    }
}

using System.Text;

namespace IdleHands.Planning;

/// <summary>The words of a command, about as a shell parts them: at white space outside of quotes, which are taken off.</summary>
internal static class CommandWords
{
    /// <summary>Parts a command; <c>--name=value</c> gives two words.</summary>
    public static string[] Of(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char quote = '\0';
        bool isWord = false;
        foreach (char letter in command)
        {
            if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                Add(words, word, ref isWord);
            }
            else if (quote == '\0' ? letter is '\'' or '"' : letter == quote)
            {
                quote = quote == '\0' ? letter : '\0';
                isWord = true;
            }
            else
            {
                word.Append(letter);
                isWord = true;
            }
        }

        Add(words, word, ref isWord);
        return [.. words];
    }

    private static void Add(List<string> words, StringBuilder word, ref bool isWord)
    {
        if (isWord)
        {
            string whole = word.ToString();
            int equals = whole.StartsWith("--", StringComparison.Ordinal) ? whole.IndexOf('=', StringComparison.Ordinal) : -1;
            words.AddRange(equals < 0 ? [whole] : [whole[..equals], whole[(equals + 1)..]]);
            word.Clear();
            isWord = false;
        }
    }
}

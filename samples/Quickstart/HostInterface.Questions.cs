using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace IdleHands.Samples.Quickstart;

/// <summary>Asks what the engine wants to know: confirmations, missing mandatory parameters.</summary>
internal sealed partial class HostInterface
{
    private readonly bool _mayAsk;

    public override string ReadLine()
    {
        DemandInput();
        return Console.In.ReadLine() ?? throw new HostException("The input has ended.");
    }

    public override SecureString ReadLineAsSecureString()
    {
        DemandInput();
        if (Console.IsInputRedirected)
        {
            throw new HostException("A secret can only be typed in a terminal.");
        }

        var secret = new SecureString();
        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
            {
                secret.RemoveAt(secret.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
            }
        }

        WriteLine(string.Empty);
        return secret;
    }

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        DemandInput();
        WriteLines(caption, message);
        var answers = new Dictionary<string, PSObject>(StringComparer.OrdinalIgnoreCase);
        foreach (FieldDescription field in descriptions)
        {
            bool isSecret = field.ParameterTypeName == nameof(SecureString);
            Write(field.Name + ": ");
            answers[field.Name] = PSObject.AsPSObject(isSecret ? ReadLineAsSecureString() : ReadLine());
        }

        return answers;
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        DemandInput();
        WriteLines(caption, message);
        string[] keys = [.. choices.Select(KeyOf)];
        string offer = string.Join("  ", choices.Select((choice, index) => $"[{keys[index]}] {choice.Label.Replace("&", string.Empty, StringComparison.Ordinal)}"));
        while (true)
        {
            Write(defaultChoice < 0 ? offer + ": " : $"{offer} (default is \"{keys[defaultChoice]}\"): ");
            string answer = ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            int chosen = Array.FindIndex(keys, key => key.Equals(answer, StringComparison.OrdinalIgnoreCase));
            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, PSCredentialUIOptions.Default);

    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options)
    {
        DemandInput();
        WriteLines(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            Write("User: ");
            userName = ReadLine();
        }

        Write(string.Create(CultureInfo.InvariantCulture, $"Password for {userName}: "));
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    /// <summary>The letter after the <c>&amp;</c> of a label, or the whole label.</summary>
    private static string KeyOf(ChoiceDescription choice)
    {
        int mark = choice.Label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < choice.Label.Length ? choice.Label.Substring(mark + 1, 1).ToUpperInvariant() : choice.Label;
    }

    private void DemandInput()
    {
        if (!_mayAsk)
        {
            throw new HostException("Nobody is there to answer: the input is not a terminal. Use -Confirm:$false or -Force, or name every parameter.");
        }
    }

    private void WriteLines(params string[] lines)
    {
        foreach (string line in lines.Where(line => !string.IsNullOrEmpty(line)))
        {
            WriteLine(line);
        }
    }
}

using System.Diagnostics;
using CsCheck;
using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

/// <summary>Commands put together at random: a hostile value in them is refused or stays text, for the real shells.</summary>
public sealed class PosixPlaceFuzzTests
{
    private const string Marker = "executed";

    private static readonly string[] Pieces =
    [
        "{source}", "{source}", "{source}", "'", "\"", "`", "\\", "$(", ")", "(", "((", "))", "$((", "${X:-", "}", "$'", "#", " ", "\n", ";",
        "<<E", "<<<", "\nE\n", "echo ", "it's", "x=", "case x in x)", "esac", "[[ ", "<(", "|", "&&", "{ ", "$", "!", "E",
    ];

    private static readonly string[] Values =
    [
        $"'; touch {Marker}; '",
        $"\"; touch {Marker}; \"",
        $"$(touch {Marker})",
        $"`touch {Marker}`",
        $"\ntouch {Marker}\n",
        $"; touch {Marker} #",
        $"'\"`)}};\ntouch {Marker}\n",
        $"\\'; touch {Marker}; \\'",
        $"\nE\ntouch {Marker}\n",
        $"a[$(touch {Marker})]",
        $")) ; touch {Marker}; ((",
    ];

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task Never_executes_a_value(string shell)
    {
        Assert.SkipUnless(ShellRun.IsHere(shell), $"There is no {shell} here.");
        using var run = new ShellRun();
        Gen<(string Template, string Value)> cases = Gen.Select(
            Gen.OneOf(Pieces).Array[1, 9].Select(pieces => "echo " + string.Concat(pieces)),
            Gen.OneOf(Values));

        await cases.SampleAsync(
            async (template, value) =>
            {
                if (TryRender(template, value) is { } command)
                {
                    await RunToTheEndAsync(shell, command, run.Directory);
                    Assert.False(File.Exists(Path.Combine(run.Directory, Marker)), command);
                }
            },
            iter: 300,
            threads: 1);
    }

    private static string? TryRender(string template, string value)
    {
        try
        {
            return template.Contains("{source}", StringComparison.Ordinal)
                ? CommandTemplate.Render(template, SampleValues.With(value), ShellDialect.Posix)
                : null;
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    /// <summary>Runs what may well be nonsense: only what it leaves behind counts.</summary>
    private static async Task RunToTheEndAsync(string shell, string command, string directory)
    {
        var start = new ProcessStartInfo(shell)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(output, error);
    }
}

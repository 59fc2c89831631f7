using IdleHands.Execution;

namespace IdleHands.Core.Tests.Execution;

public sealed class FailureCauseTests
{
    private static readonly RuntimeModel Model = new()
    {
        Id = "qwen",
        DisplayName = "Qwen",
        Source = FailureLogs.Source,
        StartCommand = "llama-server -m {source} -c {context_window}",
        Port = 8080,
        ContextWindow = 32768,
    };

    public static TheoryData<string, int?, string> Telling => [.. FailureLogs.Telling];

    public static TheoryData<string, int?, string> NearMisses => [.. FailureLogs.NearMisses];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Telling))]
    public void The_cause_is_told_by_exit_code_and_log(string word, int? exitCode, string log) =>
        Assert.Equal(word, Classify(exitCode, log).Name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(NearMisses))]
    public void A_line_that_looks_like_a_cause_and_is_none_is_not_taken_for_it(string word, int? exitCode, string log) =>
        Assert.Equal(word, Classify(exitCode, log).Name);

    [Fact]
    public void Every_cause_has_logs_and_advice_that_names_a_command()
    {
        string[] words = [.. FailureMarks.Advice.Keys.Where(word => !word.StartsWith("ended by", StringComparison.Ordinal) && word is not (FailureWord.Unknown or FailureWord.Killed))];

        Assert.All(words, word => Assert.True(FailureLogs.Telling.Count(log => log.Word == word) >= 3, $"'{word}' has too few logs."));
        Assert.All(FailureLogs.Telling, log =>
        {
            FailureCause cause = Classify(log.ExitCode, log.Log);
            Assert.Matches(@"(Get|Set|Select|Test)-IH\w+ qwen|Test-IHHealth -ScanPorts \d|ls -l '|Get-Item '/|Get-FileHash '/|Set-IHBackend BACKEND", cause.Advice);
            Assert.DoesNotContain('<', cause.Advice);
        });
    }

    [Fact]
    public void Every_mark_is_in_lower_case_and_stands_once()
    {
        string[] marks = [.. FailureMarks.Certain.Concat(FailureMarks.Strong).Concat(FailureMarks.Weak).SelectMany(row => row.Marks)];

        Assert.Equal(marks.Select(mark => mark.ToLowerInvariant()), marks);
        Assert.Equal(marks.Length, marks.Distinct().Count());
    }

    [Theory]
    [InlineData("cudaMalloc failed: out of memory", "Set-IHModel qwen -ContextWindow 16384,")]
    [InlineData("couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 9999", "Test-IHHealth -ScanPorts 9999. Stop it, or take another port, such as: Set-IHModel qwen -Port 10000.")]
    [InlineData("OSError: [Errno 48] Address already in use", "Test-IHHealth -ScanPorts 8080.")]
    [InlineData("gguf_init_from_file: failed to open GGUF file '/models/mmproj.gguf' (No such file or directory)", "Get-Item '/models/mmproj.gguf'")]
    [InlineData("gguf_init_from_file_impl: invalid magic characters: 'vers', expected 'GGUF'", "Get-FileHash '/models/Qwen3-8B-Q4_K_M.gguf'")]
    public void The_advice_has_the_models_own_values(string line, string expected) =>
        Assert.Contains(expected, Classify(1, line).Advice, StringComparison.Ordinal);

    [Fact]
    public void A_path_in_the_advice_can_be_typed_as_it_is() => Assert.Contains(
        "Get-FileHash '/m/it''s here.gguf'",
        FailureCause.Classify(1, ["invalid magic characters"], Model with { Source = "/m/it's here.gguf" }).Advice,
        StringComparison.Ordinal);

    [Fact]
    public void The_advice_to_ask_for_less_context_says_what_the_start_command_needs_for_it()
    {
        RuntimeModel fixedContext = Model with { StartCommand = "llama-server -c 4096", ContextWindow = null };

        Assert.Contains(
            "Set-IHModel qwen -ContextWindow 8192 (its start command must ask for {context_window})",
            FailureCause.Classify(1, ["cudaMalloc failed: out of memory"], fixedContext).Advice,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_kill_tells_how_to_see_whether_the_kernel_did_it()
    {
        string advice = Classify(137, string.Empty).Advice;

        Assert.Contains("journalctl -k", advice, StringComparison.Ordinal);
        Assert.Contains("dmesg", advice, StringComparison.Ordinal);
        Assert.Contains("for want of memory", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_of_the_log_can_not_steer_the_terminal()
    {
        string advice = Classify(1, "failed to open GGUF file '/m/\u001b[2Jx.gguf' (No such file or directory)").Advice;

        Assert.Contains("Get-Item '/m/\uFFFD[2Jx.gguf'", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_of_a_model_is_no_part_of_a_word()
    {
        RuntimeModel tiny = Model with { Source = "org/phi" };

        Assert.False(FailureCause.Classify(1, ["graphics driver not found"], tiny).IsKnown);
    }

    [Fact]
    public void A_long_log_is_read_in_no_time()
    {
        string[] log = [.. Enumerable.Range(0, FailureCause.LogLines).Select(line => $"{line}: {new string('a', 20_000)} 'x' : , port")];
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.False(FailureCause.Classify(1, log, Model).IsKnown);

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private static FailureCause Classify(int? exitCode, string log) => FailureCause.Classify(exitCode, log.Split('\n'), Model);
}

using System.Net.Http.Json;
using IdleHands.Execution;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>A stop that waits for what it would cut off, and for what it frees.</summary>
public sealed class OrderlyStopTests : SelectTestBase
{
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    /// <summary>Begins a reply of so many tokens, at the pace of the server, and gives it once the first token is there.</summary>
    private static async Task<Task<string>> BeginReplyAsync(int port, int tokens)
    {
        var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/v1/chat/completions");
        string prompt = string.Join(' ', Enumerable.Repeat("word", tokens));
        request.Content = JsonContent.Create(new { stream = true, max_tokens = tokens, messages = new[] { new { role = "user", content = prompt } } });
        HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Stream body = await answer.Content.ReadAsStreamAsync(Token);
        byte[] first = new byte[1];
        await body.ReadExactlyAsync(first, Token);
        return ReadToEndAsync(client, body);
    }

    private static async Task<string> ReadToEndAsync(HttpClient client, Stream body)
    {
        using (client)
        using (var reader = new StreamReader(body))
        {
            try
            {
                return await reader.ReadToEndAsync(Token);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                return "cut off";
            }
        }
    }

    private static StepOutcome Step(SelectResult result, string kind) => Assert.Single(result.Steps, step => step.Kind == kind);

    [Fact]
    public async Task A_reply_that_is_under_way_is_finished_before_the_model_is_stopped()
    {
        int port = AddModel("one", "--tokens-per-second 20 --ctx-size 4096");
        AddModel("two");
        Select("one");
        Task<string> reply = await BeginReplyAsync(port, 100);

        SelectResult result = Select("two");

        Assert.Matches("^1 request ended after [0-9.]+ s$", Step(result, PlanStepKind.DrainModel).Detail);
        Assert.EndsWith("data: [DONE]\n\n", await reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_the_limit_of_the_host_it_is_cut_off_and_that_is_said()
    {
        int port = AddModel("one", "--tokens-per-second 1");
        AddModel("two");
        Session.Get("Set-IHHost here -DrainSec 3 -StopGraceSec 1");
        Select("one");
        Task<string> reply = await BeginReplyAsync(port, 100);

        SelectResult result = Select("two");

        Assert.Equal("1 request still runs after 3 s; it is cut off", Step(result, PlanStepKind.DrainModel).Detail);
        Assert.DoesNotContain("[DONE]", await reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_force_nobody_is_waited_for()
    {
        int port = AddModel("one", "--tokens-per-second 1");
        Select("one");
        Task<string> reply = await BeginReplyAsync(port, 100);

        Session.Get("Stop-IHRuntime -Force");

        Assert.DoesNotContain("[DONE]", await reply, StringComparison.Ordinal);
        AssertNothingRuns();
    }

    [Fact]
    public void The_memory_of_the_GPU_is_waited_for_where_the_host_tells_of_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the tool is a shell script");
        AddModel("one");
        AddModel("two");
        Select("one");
        InstallNvidiaSmi(ProcessId());

        SelectResult result = Select("two");

        Assert.Matches("^port [0-9]+ is free; 18200 MiB of GPU memory were released after [0-9.]+ s$", Step(result, PlanStepKind.WaitRelease).Detail);
        Assert.Equal("released", File.ReadAllText(Path.Combine(Session.Root, "smi", "state")).Trim());
    }

    /// <summary>Prints what nvidia-smi prints; the driver gives the memory back only at the third question after the process has gone.</summary>
    private void InstallNvidiaSmi(int processId)
    {
        string directory = Directory.CreateDirectory(Path.Combine(Session.Root, "smi")).FullName;
        string tool = Path.Combine(directory, "nvidia-smi");
        File.WriteAllText(tool, $$"""
            #!/bin/sh
            cd '{{directory}}'
            if kill -0 {{processId}} 2>/dev/null; then used=20512 listed='{{processId}}, GPU-a, 18200'
            elif [ "$(cat asked 2>/dev/null | wc -l)" -lt 4 ]; then used=20512 listed=''; echo asked >> asked
            else used=2312 listed=''; echo released > state
            fi
            case "$1" in
              --query-gpu*) echo "0, GPU-a, $used, 24564" ;;
              *) if [ -n "$listed" ]; then echo "$listed"; fi ;;
            esac
            """);
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", directory + Path.PathSeparator + _path);
    }

    /// <inheritdoc />
    protected override void CleanUp()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        base.CleanUp();
    }
}

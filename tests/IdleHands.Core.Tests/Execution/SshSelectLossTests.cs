using IdleHands.Core.Tests.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>
/// Switches on a host behind a real sshd, of which at some step the connection is lost, or sshd itself. Whatever comes of
/// the select: what is written down is what runs, nothing else of ours does, and the next select puts everything right.
/// </summary>
public sealed class SshSelectLossTests(SshTransport transport) : IClassFixture<SshTransport>, IAsyncLifetime
{
    private SelectFixture _ih = null!;
    private RuntimeModel _before = null!;
    private RuntimeModel _next = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every step of the switch.</summary>
    public static TheoryData<string> Steps() =>
    [
        PlanStepKind.CheckSource, PlanStepKind.CheckPort, PlanStepKind.CopyFile, PlanStepKind.DrainModel, PlanStepKind.StopModel, PlanStepKind.CleanupModel,
        PlanStepKind.WaitRelease, PlanStepKind.ApplyBackend, PlanStepKind.VerifyBackend, PlanStepKind.StartModel, PlanStepKind.ProbeHealth, PlanStepKind.OpenTunnel,
    ];

    public async ValueTask InitializeAsync()
    {
        _ih = new SelectFixture(transport);
        _ih.ChangeHost(host => host with { StopCommand = "sleep 0.3; pkill -f alias[[:space:]]{model_id}", CleanupCommand = "sleep 0.3" });
        _ih.AddBackend(new RuntimeBackend
        {
            Id = "gpu",
            DisplayName = "GPU",
            Type = "cpu",
            ApplyCommand = "sleep 0.3",
            VerifyCommand = "sleep 0.3",
            RollbackCommand = "true",
        });
        string template = Path.Combine(_ih.Weights.Directory, "chat.jinja");
        await File.WriteAllTextAsync(template, "{{ messages }}", Token);
        _before = _ih.Add("losing");
        _next = _ih.Add("winning", "--load-time 0.5", model => model with { BackendPolicy = IdPolicy.Of(["gpu"]), ChatTemplate = template, StartCommand = ": {chat_template_args}; " + model.StartCommand });
        await _ih.StartAsync("losing");
    }

    public async ValueTask DisposeAsync()
    {
        if (_ih is not null)
        {
            await _ih.StopAsync(force: true);
            await _ih.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_connection_that_is_lost_in_the_middle_of_a_step_costs_nothing_or_is_told(string step)
    {
        Task? killing = null;
        At(step, () => killing = Task.Run(
            async () =>
            {
                await Task.Delay(150, Token);
                transport.Server.KillConnections();
            },
            Token));

        SelectResult result = await SelectAsync();
        await killing!;

        await AssertTrueAsync(result);
    }

    [Theory]
    [InlineData(PlanStepKind.CheckPort)]
    [InlineData(PlanStepKind.StopModel)]
    [InlineData(PlanStepKind.ApplyBackend)]
    [InlineData(PlanStepKind.StartModel)]
    [InlineData(PlanStepKind.ProbeHealth)]
    [InlineData(PlanStepKind.OpenTunnel)]
    public async Task An_sshd_that_is_stopped_at_a_step_is_told_and_the_next_select_puts_things_right(string step)
    {
        Assert.SkipUnless(step is PlanStepKind.StopModel or PlanStepKind.StartModel || Thorough.IsAsked, Thorough.Reason);
        At(step, () => transport.Server.StopAsync().GetAwaiter().GetResult());

        SelectResult result = await SelectAsync();
        await transport.Server.RestartAsync(Token);

        if (step != PlanStepKind.OpenTunnel)
        {
            Assert.Equal(SelectStatus.Failed, result.Status);
            Assert.Contains(result.Failure!.ErrorId, (string[])["ConnectionRefused", "ConnectionLost", "StopFailed", "ProbeTimeout"]);
            Assert.NotNull(result.Failure.Recommendation);
        }

        await AssertTrueAsync(result);
    }

    private void At(string step, Action action)
    {
        int isDone = 0;
        _ih.OnStep = kind =>
        {
            if (kind == step && Interlocked.Exchange(ref isDone, 1) == 0)
            {
                action();
            }
        };
    }

    private Task<SelectResult> SelectAsync() =>
        _ih.SelectAsync("winning", request => request with { Tunnel = true }, onFailure: OnFailure.Restore);

    private async Task AssertTrueAsync(SelectResult result)
    {
        _ih.OnStep = null;
        TestContext.Current.TestOutputHelper?.WriteLine($"{result.Status}, {result.ActiveId ?? "nothing"} runs: {result.Failure?.ErrorId}: {result.Error}\n{string.Join('\n', result.Steps.Select(step => $"{step}, {step.Duration.TotalSeconds:0.0} s"))}\n{string.Join('\n', _ih.Warnings)}");
        ActiveRuntime? active = _ih.Store.Read();
        Assert.Equal(active?.Id, result.ActiveId);
        Assert.All(_ih.RunningLaunchIds(), id => Assert.Equal(active?.Launch?.LaunchId, id));
        if (active is { Status: RuntimeStatus.Ready })
        {
            Assert.Equal(active.Id, await SelectFixture.ServedAsync(active.Port));
        }

        SelectResult again = await _ih.SelectAsync("winning", request => request with { Tunnel = true });
        Assert.True(again.Status is SelectStatus.Started or SelectStatus.Reused, again.Error);
        active = _ih.Store.Read()!;
        Assert.Equal("winning", await SelectFixture.ServedAsync(active.TunnelPort!.Value));
        Assert.Null(await SelectFixture.ServedAsync(_before.Port!.Value));
        Assert.Equal([active.Launch!.LaunchId], _ih.RunningLaunchIds());
        Assert.NotEqual(_next.Port, active.TunnelPort);
    }
}

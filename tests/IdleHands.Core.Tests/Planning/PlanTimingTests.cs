using IdleHands.Planning;
using static IdleHands.Core.Tests.Planning.PlanSamples;

namespace IdleHands.Core.Tests.Planning;

/// <summary>How long a plan waits for its model, and what it says of that.</summary>
public sealed class PlanTimingTests
{
    [Fact]
    public void Is_derived_from_the_bytes_of_all_files()
    {
        PlanStep probe = Step(Build(Selection(), bytes: 60L << 30), "ProbeHealth");

        Assert.Equal((900, 2000), (probe.Timeout.TotalSeconds, probe.Interval!.Value.TotalMilliseconds));
        Assert.True(probe.TimeoutIsDerived);
        Assert.Equal("wait until qwen answers on port 8080 of host here, at most 900 s (60.0 GiB)", probe.Description);
    }

    [Fact]
    public void Is_derived_from_the_name_where_files_can_not_be_read()
    {
        PlanStep probe = Step(Build(Selection()), "ProbeHealth");
        Assert.Equal("wait until qwen answers on port 8080 of host here, at most 120 s (about 9.3 GiB, from the name)", probe.Description);
    }

    [Fact]
    public void Is_five_minutes_where_nothing_is_known()
    {
        PlanStep probe = Step(Build(Selection(Model() with { Source = "tiny.gguf" })), "ProbeHealth");
        Assert.Equal((300, 1000), (probe.Timeout.TotalSeconds, probe.Interval!.Value.TotalMilliseconds));
        Assert.EndsWith("(size unknown)", probe.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_the_model_win_over_the_size()
    {
        PlanStep probe = Step(Build(Selection(Model() with { ProbeTimeoutSec = 45, ProbeIntervalMs = 500 }), bytes: 200L << 30), "ProbeHealth");
        Assert.Equal((45, 500, false), (probe.Timeout.TotalSeconds, probe.Interval!.Value.TotalMilliseconds, probe.TimeoutIsDerived));
    }

    [Fact]
    public void One_value_of_the_model_leaves_the_other_derived()
    {
        PlanStep probe = Step(Build(Selection(Model() with { ProbeIntervalMs = 500 }), bytes: 20L << 30), "ProbeHealth");
        Assert.Equal((300, 500, true), (probe.Timeout.TotalSeconds, probe.Interval!.Value.TotalMilliseconds, probe.TimeoutIsDerived));
    }

    [Fact]
    public void What_is_asked_for_wins_over_the_model()
    {
        PlanRequest request = new("qwen") { ProbeTimeout = TimeSpan.FromSeconds(7) };
        PlanStep probe = Step(Build(Selection(Model() with { ProbeTimeoutSec = 45 }, request: request)), "ProbeHealth");
        Assert.Equal((7, false), (probe.Timeout.TotalSeconds, probe.TimeoutIsDerived));
    }
}

using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>Placement and memory, as commands show them.</summary>
public sealed class FitTests : SelectTestBase
{
    /// <summary>Three names for this machine, of which the second has enough memory for a GPU of its own.</summary>
    private void AddHosts() => Session.Get("Add-IHHost tiny -VramGB 0.01; Add-IHHost huge -VramGB 640; Add-IHHost spare -VramGB 640");

    private RuntimePlan Plan(string arguments) => (RuntimePlan)Assert.Single(Session.Get($"Select-IHModel {arguments} -DryRun")).BaseObject;

    [Fact]
    public void The_order_of_the_policy_decides_unless_fit_is_asked_for()
    {
        AddHosts();
        AddModel("one");
        Session.Get("Set-IHModel one -HostPolicy tiny, huge, spare");

        RuntimePlan byPolicy = Plan("one");
        RuntimePlan byFit = Plan("one -Placement Fit");

        Assert.Equal(("tiny", FitStatus.DoesNotFit), (byPolicy.HostId, byPolicy.Fit!.Status));
        Assert.Equal(("huge", FitStatus.Fits), (byFit.HostId, byFit.Fit!.Status));
        Assert.Contains(byFit.Reasons, reason => reason.StartsWith("host tiny passed over: does not fit: needs ", StringComparison.Ordinal));
        Assert.Equal("tiny", Plan("one -Placement Fit -HostId tiny").HostId);
    }

    /// <summary>A host without the file, one that is not reached and one whose plan can't be made are no places, whatever memory they have.</summary>
    [Fact]
    public void Only_a_host_that_can_run_it_is_chosen()
    {
        string home = Directory.CreateDirectory(Path.Combine(Session.Root, "home")).FullName;
        string prefix = string.Join(", ", ExecPrefix.Bare(home).Select(word => $"'{word}'"));
        GgufFileWriter.Model().Save(Path.Combine(Session.Root, "only-here-1b-q4_k_m.gguf"));
        string prefixHere = string.Join(", ", ExecPrefix.Bare(Session.Root).Select(word => $"'{word}'"));
        Session.Get($"""
            Add-IHHost gone -Transport exec -ExecPrefix no-such-program -VramGB 640; Add-IHHost without -Transport exec -ExecPrefix {prefix} -VramGB 640
            Add-IHHost with -Transport exec -ExecPrefix {prefixHere} -VramGB 64
            Add-IHModel one -Source only-here-1b-q4_k_m.gguf -StartCommand 'llama-server -m [[source]]' -HostPolicy gone, without, with
            """.Replace("[[", "{", StringComparison.Ordinal).Replace("]]", "}", StringComparison.Ordinal));

        RuntimePlan plan = Plan("one -Placement Fit");

        Assert.Equal(("with", FitStatus.Fits), (plan.HostId, plan.Fit!.Status));
        Assert.Contains(plan.Reasons, reason => reason.StartsWith("host gone passed over: it could not be looked at", StringComparison.Ordinal));
        Assert.Contains(plan.Reasons, reason => reason.StartsWith("host without passed over: There is no file", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_that_runs_stays_where_it_is()
    {
        AddHosts();
        AddModel("one");
        Session.Get("Set-IHModel one -HostPolicy any");
        Session.Get("Select-IHModel one -HostId spare");

        RuntimePlan plan = Plan("one -Placement Fit");

        Assert.Equal(("spare", true), (plan.HostId, plan.Reuse));
    }

    [Fact]
    public void Where_it_fits_nowhere_the_first_is_taken_or_refused()
    {
        Session.Get("Add-IHHost tiny -VramGB 0.01; Add-IHHost tinier -VramGB 0.005");
        AddModel("one");
        Session.Get("Set-IHModel one -HostPolicy tiny, tinier");

        Result refused = Session.Run("Select-IHModel one -Placement Fit -RequireFit");

        Assert.Equal("tiny", Plan("one -Placement Fit").HostId);
        ErrorRecord error = Assert.Single(refused.Errors);
        Assert.Equal("ModelDoesNotFit", ErrorId(error));
        Assert.Equal(ErrorCategory.ResourceUnavailable, error.CategoryInfo.Category);
        Assert.Empty(refused.Output);
        Assert.Empty(Session.Get("Get-IHRuntime"));
    }

    [Fact]
    public void A_plan_that_comes_back_keeps_what_was_asked()
    {
        AddHosts();
        AddModel("one");
        Session.Get("Set-IHModel one -HostPolicy tiny, huge");

        PSObject result = Assert.Single(Session.Get("Select-IHModel one -Placement fit -RequireFit -DryRun | Invoke-IHPlan"));

        Assert.Equal("huge", ((SelectResult)result.BaseObject).HostId);
    }

    [Fact]
    public void What_was_measured_shows_with_what_runs()
    {
        AddModel("one", "--device CUDA0");
        Session.Get("Select-IHModel one");

        var active = (ActiveRuntime)Assert.Single(Session.Get("Get-IHRuntime")).BaseObject;

        Assert.Equal("server log", active.Memory!.Source);
        Assert.StartsWith("GPU 0.2 GiB, host 0.", active.Memory.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Placement_completes() => Assert.Equal(["Fit", "Policy"], Session.Complete("Select-IHModel one -Placement "));
}

using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

public sealed class InvokeIHPlanTests : SelectTestBase
{
    /// <summary>How deep Export-Clixml goes where nothing else is said.</summary>
    private const int ExportDepth = 2;

    [Fact]
    public void Carries_out_a_plan_that_was_exported_and_imported_with_all_that_was_asked()
    {
        Session.Get("Add-IHHost there; Add-IHBackend first; Add-IHBackend second");
        AddModel("one", "--load-time 2", "-BackendPolicy first, second");
        Select("one -BackendId second -HostId there");
        int first = ProcessId();
        PSObject copy = Copy("Select-IHModel one -HostId there -BackendId second -Restart -TimeoutSec 50 -DryRun");

        Result run = Session.Run("$input | Invoke-IHPlan", copy);

        Assert.Empty(run.Errors);
        Assert.Equal(SelectStatus.Started, Emitted(run).Status);
        Assert.Equal(("there", "second"), (Emitted(run).HostId, Emitted(run).BackendId));
        Assert.Contains("restart asked", Emitted(run).Reasons);
        Assert.NotEqual(first, ProcessId());
        Assert.Contains(run.Progress, record => record.StatusDescription.Contains("at most 50 s", StringComparison.Ordinal));
    }

    [Fact]
    public void Refuses_a_plan_after_another_model_was_selected()
    {
        AddModel("one");
        AddModel("two");
        PSObject plan = Assert.Single(Session.Get("Select-IHModel one -DryRun"));
        Select("two");

        Result run = Session.Run("$input | Invoke-IHPlan", plan);

        Assert.Equal("PlanOutdated", ErrorId(run.Error));
        Assert.Equal("two", Look().Id);
    }

    [Fact]
    public void Refuses_a_plan_whose_request_was_changed_by_hand()
    {
        AddModel("one");
        AddModel("two");
        string text = PSSerializer.Serialize(Assert.Single(Session.Get("Select-IHModel one -DryRun")), ExportDepth);

        Result run = Session.Run("$input | Invoke-IHPlan", PSSerializer.Deserialize(text.Replace(">one<", ">two<", StringComparison.Ordinal)));

        Assert.Equal("PlanOutdated", ErrorId(run.Error));
        AssertNothingRuns();
    }

    [Fact]
    public void Says_what_is_wrong_with_a_copy_that_was_made_too_flat()
    {
        AddModel("one");
        string flat = PSSerializer.Serialize(Assert.Single(Session.Get("Select-IHModel one -DryRun")), 1);

        Result run = Session.Run("$input | Invoke-IHPlan", PSSerializer.Deserialize(flat));

        Assert.Contains("-Depth 2", run.Error.Exception.Message, StringComparison.Ordinal);
        AssertNothingRuns();
    }

    /// <summary>What Export-Clixml and Import-Clixml make of an object.</summary>
    private PSObject Copy(string script) =>
        (PSObject)PSSerializer.Deserialize(PSSerializer.Serialize(Assert.Single(Session.Get(script)), ExportDepth));
}

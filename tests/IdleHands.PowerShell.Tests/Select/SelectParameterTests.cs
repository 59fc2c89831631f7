using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

public sealed class SelectParameterTests : SelectTestBase
{
    [Fact]
    public void A_changed_start_command_restarts_with_that_reason()
    {
        AddModel("one");
        Select("one");
        Session.Get("Set-IHModel one -StartCommand ((Get-IHModel one).StartCommand + ' --ctx-size 512')");

        SelectResult result = Select("one");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Equal(["start command changed"], result.Reasons);
    }

    [Fact]
    public void A_switch_stops_the_one_and_starts_the_other()
    {
        int one = AddModel("one");
        AddModel("two");
        Select("one");

        SelectResult result = Select("two");

        Assert.Equal(["model one → two"], result.Reasons);
        Assert.False(IsListening(one));
        Assert.Equal("two", Look().Id);
    }

    [Fact]
    public void HostId_and_backendId_take_the_place_of_the_policy()
    {
        Session.Get("Add-IHHost there; Add-IHBackend first; Add-IHBackend second");
        AddModel("one", more: "-HostPolicy here, there -BackendPolicy first, second");

        PSObject byPolicy = Assert.Single(Session.Get("Select-IHModel one -DryRun"));
        PSObject asked = Assert.Single(Session.Get("Select-IHModel one -HostId there -BackendId second -DryRun"));

        Assert.Equal(("here", "first"), (Property(byPolicy, "HostId"), Property(byPolicy, "BackendId")));
        Assert.Equal(("there", "second"), (Property(asked, "HostId"), Property(asked, "BackendId")));
        Assert.Equal("second", Select("one -BackendId second").BackendId);
    }

    [Fact]
    public void TimeoutSec_bounds_the_wait_of_this_select()
    {
        AddModel("slow", "--load-time 60 --quiet-load");

        (SelectResult result, ErrorRecord error) = Fail("slow -TimeoutSec 1");

        Assert.Equal("ProbeTimeout", ErrorId(error));
        Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        Assert.Contains("not ready within 1 s", result.Error, StringComparison.Ordinal);
        PSObject step = Assert.Single(Session.Get("(Select-IHModel slow -TimeoutSec 7 -DryRun).Steps | Where Kind -eq ProbeHealth"));
        Assert.Equal(TimeSpan.FromSeconds(7), Property(step, "Timeout"));
        AssertNothingRuns();
    }
}

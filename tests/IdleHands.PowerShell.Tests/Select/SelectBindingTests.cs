using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

public sealed class SelectBindingTests : SelectTestBase
{
    [Theory]
    [InlineData("Get-IHModel one | Select-IHModel -DryRun")]
    [InlineData("[pscustomobject]@{ Id = 'one' } | Select-IHModel -DryRun")]
    [InlineData("'one' | Select-IHModel -DryRun")]
    public void Takes_a_model_an_id_and_a_row_from_the_pipeline(string script)
    {
        AddModel("one");

        Assert.Equal("one", Property(Assert.Single(Session.Get(script)), "Id"));
    }

    [Theory]
    [InlineData("Get-IHHost here | Select-IHModel -DryRun", "a RuntimeHost")]
    [InlineData("Select-IHModel here -DryRun; Get-IHHost | Test-IHHealth", "a RuntimeHost")]
    [InlineData("[pscustomobject]@{ Name = 'one' } | Select-IHModel -DryRun", "an object without an Id")]
    [InlineData("[Version]'1.0' | Select-IHModel -DryRun", "a Version")]
    [InlineData("Select-IHModel ([IO.DirectoryInfo]::new('.')) -DryRun", "a DirectoryInfo, which may be a source: give it as -Source")]
    public void Refuses_objects_of_another_kind_and_names_what_it_was_given(string script, string given)
    {
        AddModel("here");

        Result run = Session.Run(script);

        Assert.DoesNotContain(run.Output, item => item.BaseObject is HealthResult);
        Assert.Contains(given, run.Error.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5 | Invoke-IHPlan", "Int32")]
    [InlineData("Get-IHHost | Invoke-IHPlan", "RuntimeHost")]
    [InlineData("[pscustomobject]@{ Id = 'one'; Steps = @() } | Invoke-IHPlan", "PSCustomObject")]
    public void Invoke_refuses_what_is_no_plan(string script, string given)
    {
        Result run = Session.Run(script);

        Assert.Empty(run.Output);
        Assert.Contains("Invoke-IHPlan takes a plan of Select-IHModel -DryRun", run.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(given, run.Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_one_model_at_a_time()
    {
        Refusal("Select-IHModel one, two");
    }

    [Fact]
    public void OnFailure_takes_its_three_words_and_no_other()
    {
        string refusal = Refusal("Select-IHModel one -OnFailure Retry");

        Assert.Contains("Restore,Fallback,Stop", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void OnFailure_stop_is_accepted_and_leaves_nothing_running()
    {
        AddModel("crashing", "--load-time 60 --crash-after 0.2");

        (SelectResult result, _) = Fail("crashing -OnFailure Stop");

        Assert.Equal(SelectStatus.Failed, result.Status);
        AssertNothingRuns();
    }

    [Theory]
    [InlineData("Select-IHModel one -TimeoutSec 0")]
    [InlineData("Select-IHModel one -LockTimeoutSec -1")]
    [InlineData("Select-IHModel one -DryRun -OnFailure Stop")]
    [InlineData("Test-IHHealth -TimeoutSec 0")]
    [InlineData("Test-IHHealth -ThrottleLimit 0")]
    public void Refuses_values_and_combinations_that_mean_nothing(string script)
    {
        AddModel("one");

        Refusal(script);
        AssertNothingRuns();
    }

    [Fact]
    public void No_ports_at_all_are_refused_too() => Refusal("Test-IHHealth -ScanPorts ''");

    [Theory]
    [InlineData("Select-IHModel ", "one", "two")]
    [InlineData("Select-IHModel one -BackendId f", "fast")]
    [InlineData("Test-IHHealth t", "two")]
    [InlineData("Test-IHHealth -HostId h", "here")]
    public void Completes_ids_and_words(string text, params string[] expected)
    {
        Session.Get("Add-IHBackend fast");
        AddModel("one");
        AddModel("two");

        Assert.Equal(expected, Session.Complete(text));
    }

    /// <summary>The message of the binding error that a script must end in.</summary>
    private string Refusal(string script)
    {
        Result run = Session.Run(script);
        Assert.Empty(run.Output);
        return Assert.IsAssignableFrom<ParameterBindingException>(run.Error.Exception).Message;
    }
}

using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class GetTests : ModuleTests
{
    public GetTests() => AddSamples();

    [Theory]
    [InlineData("Get-IHHost", "workstation", "gpu-01")]
    [InlineData("Get-IHBackend", "vulkan", "cuda-12")]
    [InlineData("Get-IHModel", "qwen-small", "qwen-big")]
    public void Emits_all_in_the_order_of_the_file(string script, params string[] expected) => Assert.Equal(expected, Ids(script));

    [Theory]
    [InlineData("Get-IHHost gpu*", "gpu-01")]
    [InlineData("Get-IHModel *-big, qwen-*", "qwen-big", "qwen-small")]
    [InlineData("Get-IHModel QWEN-SMALL", "qwen-small")]
    [InlineData("'qwen-big', 'qwen-s*' | Get-IHModel", "qwen-big", "qwen-small")]
    [InlineData("Get-IHBackend | Get-IHBackend", "vulkan", "cuda-12")]
    public void Takes_ids_and_wildcards_and_emits_each_entry_once(string script, params string[] expected) => Assert.Equal(expected, Ids(script));

    [Theory]
    [InlineData("Get-IHHost", "HostNotFound", "Get-IHHost")]
    [InlineData("Get-IHBackend", "BackendNotFound", "Get-IHBackend")]
    [InlineData("Get-IHModel", "ModelNotFound", "Get-IHModel")]
    public void An_id_that_is_not_there_is_an_error_that_names_it(string cmdlet, string errorId, string advice)
    {
        Result result = Session.Run($"{cmdlet} missing");

        Assert.Empty(result.Output);
        Assert.Equal(errorId, ErrorId(result.Error));
        Assert.Equal(ErrorCategory.ObjectNotFound, result.Error.CategoryInfo.Category);
        Assert.Equal("missing", result.Error.TargetObject);
        Assert.Contains("'missing'", result.Error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Contains(advice, result.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_not_there_does_not_keep_the_others_back() =>
        Assert.Equal("workstation", Session.Run("Get-IHHost missing, workstation").Output.Single().Properties["Id"].Value);

    [Theory]
    [InlineData("Get-IHHost x*")]
    [InlineData("Get-IHBackend x*")]
    [InlineData("Get-IHModel x*")]
    public void A_wildcard_without_a_match_is_silent(string script) => Assert.Empty(Session.Get(script));

    [Theory]
    [InlineData("Get-IHModel $notThere")]
    [InlineData("Get-IHHost @()")]
    [InlineData("Get-IHBackend ''")]
    [InlineData("$notThere | Get-IHModel")]
    [InlineData("Test-IHHost $notThere")]
    [InlineData("Test-IHHealth -HostId $notThere")]
    public void An_empty_variable_never_means_all(string script)
    {
        Result result = Session.Run(script);

        Assert.Empty(result.Output);
        Assert.True(result.Terminated is not null || result.Errors.Count > 0);
    }

    [Fact]
    public void A_broken_pattern_is_an_error_that_names_it()
    {
        ErrorRecord error = Session.Run("Get-IHHost 'a[*'").Error;

        Assert.Equal("BadWildcard", ErrorId(error));
        Assert.Contains("'a[*'", error.ErrorDetails.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_file_gives_one_error_with_the_place_and_is_not_touched()
    {
        Session.WriteConfiguration("""{"schema_version": 1, "models": [{"id": "A", """);

        Result result = Session.Run("'a', 'b' | Get-IHModel");

        Assert.Empty(result.Output);
        Assert.Equal("ConfigurationInvalid", ErrorId(result.Error));
        Assert.Equal(ErrorCategory.InvalidData, result.Error.CategoryInfo.Category);
        Assert.Contains("Test-IHConfiguration", result.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("""{"schema_version": 1, "models": [{"id": "A", """, Session.ReadConfiguration());
    }

    [Fact]
    public void Without_a_file_there_is_nothing_and_no_error()
    {
        File.Delete(Session.ConfigurationFile);

        Assert.Empty(Session.Get("Get-IHHost; Get-IHBackend; Get-IHModel *"));
    }

    [Fact]
    public void A_host_is_not_taken_for_a_model()
    {
        Result result = Session.Run("Get-IHHost workstation | Get-IHModel");

        Assert.Contains("Get-IHModel takes models or their ids, not a RuntimeHost.", result.Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_shown_as_its_reference()
    {
        Session.Get("$h = Get-IHHost gpu-01");

        Assert.Equal("env:GPU_PASSWORD", Session.Get("\"$($h.Password)\"").Single().BaseObject);
    }
}

using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class EndpointTests : ModuleTests
{
    [Fact]
    public void What_is_given_goes_first() =>
        Assert.Equal("Parameter", Value("Resolve-IHEndpoint http://127.0.0.1:9/v1", "Source"));

    [Fact]
    public void What_is_configured_is_found_and_what_was_passed_over_is_told()
    {
        Directory.CreateDirectory(Session.ConfigurationDirectory);
        File.WriteAllText(Path.Combine(Session.ConfigurationDirectory, "config.json"), """{"endpoint": "http://127.0.0.1:9/v1"}""");

        PSObject found = Session.Get("Resolve-IHEndpoint").Single();

        Assert.Equal(("http://127.0.0.1:9/v1", "Configuration"), (found.Properties["Endpoint"].Value, found.Properties["Source"].Value));
        Assert.Equal(["-Endpoint was not given", "no runtime is active"], Names(found.Properties["Skipped"].Value));
    }

    [Theory]
    [InlineData("Resolve-IHEndpoint", "EndpointNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Resolve-IHEndpoint nonsense", "EndpointInvalid", ErrorCategory.InvalidArgument)]
    public void Without_one_there_is_an_error_with_a_way_out(string script, string errorId, ErrorCategory category)
    {
        Result result = Session.Run(script);

        Assert.Empty(result.Output);
        Assert.Equal(errorId, ErrorId(result.Error));
        Assert.Equal(category, result.Error.CategoryInfo.Category);
        Assert.NotEmpty(result.Error.ErrorDetails.RecommendedAction);
    }
}

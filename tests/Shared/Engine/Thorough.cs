namespace IdleHands.Testing;

/// <summary>Runs that take longer than a gate may: what is made there has been made over another way.</summary>
internal static class Thorough
{
    private const string Variable = "IDLEHANDS_TEST_THOROUGH";

    /// <summary>Goes on, or skips the test.</summary>
    public static T OrSkip<T>(Func<T> goOn)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) is "1", $"is run where {Variable} is 1");
        return goOn();
    }
}

namespace IdleHands.Testing;

/// <summary>Runs that take longer than a gate may: what is made there has been made over another way.</summary>
internal static class Thorough
{
    /// <summary>Why a test is skipped.</summary>
    public const string Reason = $"is run where {Variable} is 1";

    private const string Variable = "IDLEHANDS_TEST_THOROUGH";

    /// <summary>True where time is no matter.</summary>
    public static bool IsAsked => Environment.GetEnvironmentVariable(Variable) is "1";

    /// <summary>Goes on, or skips the test.</summary>
    public static T OrSkip<T>(Func<T> goOn)
    {
        Assert.SkipUnless(IsAsked, Reason);
        return goOn();
    }
}

using IdleHands.Gguf;

namespace IdleHands.Core.Tests.Gguf;

public sealed class ProbeTimingTests
{
    [Theory]
    [InlineData(null, 300, 1000)]
    [InlineData(0.1, 120, 1000)]
    [InlineData(10.0, 120, 1000)]
    [InlineData(10.01, 300, 1200)]
    [InlineData(40.0, 300, 1200)]
    [InlineData(40.01, 900, 2000)]
    [InlineData(80.0, 900, 2000)]
    [InlineData(80.01, 3600, 5000)]
    [InlineData(140.0, 3600, 5000)]
    [InlineData(140.01, 5400, 5000)]
    public void Grows_with_the_size(double? gib, int seconds, int milliseconds) => Assert.Equal(
        new ProbeTiming(TimeSpan.FromSeconds(seconds), TimeSpan.FromMilliseconds(milliseconds)),
        ProbeTiming.For(gib));
}

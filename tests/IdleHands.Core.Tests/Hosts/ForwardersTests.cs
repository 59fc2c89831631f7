using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

public sealed class ForwardersTests
{
    [Theory]
    [InlineData("docker-proxy")]
    [InlineData("com.docker.backe")]
    [InlineData("com.docker.backend")]
    [InlineData("com.docker.back")]
    [InlineData("wslrelay.exe")]
    [InlineData("Nginx")]
    public void A_program_that_passes_on_what_others_serve_is_known(string name) => Assert.True(Forwarders.Include(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("llama-server")]
    [InlineData("python3")]
    [InlineData("docker")]
    public void A_server_is_none_of_them(string? name) => Assert.False(Forwarders.Include(name));
}

using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

public sealed class IdleHandsPathsTests
{
    private static readonly string _home = Path.GetFullPath("/home/ada");

    [Theory]
    [InlineData("", "/home/ada/.config/idlehands", "/home/ada/.local/state/idlehands")]
    [InlineData("XDG_CONFIG_HOME=/x", "/x/idlehands", "/home/ada/.local/state/idlehands")]
    [InlineData("XDG_STATE_HOME=/s", "/home/ada/.config/idlehands", "/s/idlehands")]
    [InlineData("IDLEHANDS_CONFIG_DIR=/c", "/c", "/c/state")]
    [InlineData("IDLEHANDS_CONFIG_DIR=/c XDG_CONFIG_HOME=/x", "/c", "/c/state")]
    [InlineData("IDLEHANDS_CONFIG_DIR=/c XDG_STATE_HOME=/s", "/c", "/s/idlehands")]
    [InlineData("IDLEHANDS_CONFIG_DIR=/c XDG_STATE_HOME=/s IDLEHANDS_STATE_DIR=/t", "/c", "/t")]
    [InlineData("IDLEHANDS_CONFIG_DIR=~/c IDLEHANDS_STATE_DIR=~", "/home/ada/c", "/home/ada")]
    [InlineData("IDLEHANDS_CONFIG_DIR=/~/c XDG_STATE_HOME=~/s", "/~/c", "/home/ada/s/idlehands")]
    [InlineData("IDLEHANDS_STATE_DIR=/t", "/home/ada/.config/idlehands", "/t")]
    [InlineData("IDLEHANDS_CONFIG_DIR= XDG_CONFIG_HOME= XDG_STATE_HOME= IDLEHANDS_STATE_DIR=", "/home/ada/.config/idlehands", "/home/ada/.local/state/idlehands")]
    [InlineData("APPDATA=/r LOCALAPPDATA=/l", "/home/ada/.config/idlehands", "/home/ada/.local/state/idlehands")]
    public void Follows_the_environment_on_Unix(string environment, string configuration, string state) =>
        AssertPaths(environment, configuration, state, isWindows: false);

    [Theory]
    [InlineData("APPDATA=/r LOCALAPPDATA=/l", "/r/idlehands", "/l/idlehands")]
    [InlineData("", "/home/ada/AppData/Roaming/idlehands", "/home/ada/AppData/Local/idlehands")]
    [InlineData("APPDATA=/r LOCALAPPDATA=/l IDLEHANDS_CONFIG_DIR=/c", "/c", "/c/state")]
    [InlineData("APPDATA=/r LOCALAPPDATA=/l XDG_CONFIG_HOME=/x XDG_STATE_HOME=/s", "/x/idlehands", "/s/idlehands")]
    public void Follows_the_profile_on_Windows(string environment, string configuration, string state) =>
        AssertPaths(environment, configuration, state, isWindows: true);

    [Fact]
    public void Makes_relative_directories_absolute()
    {
        IdleHandsPaths paths = Read("IDLEHANDS_CONFIG_DIR=conf IDLEHANDS_STATE_DIR=run", isWindows: false);

        Assert.Equal(Path.GetFullPath("conf"), paths.ConfigurationDirectory);
        Assert.Equal(Path.GetFullPath("run"), paths.StateDirectory);
    }

    [Fact]
    public void Names_the_files()
    {
        IdleHandsPaths paths = Read("IDLEHANDS_CONFIG_DIR=/c IDLEHANDS_STATE_DIR=/t", isWindows: false);

        Assert.Equal(Path.GetFullPath("/c/runtimes.json"), paths.ConfigurationFile);
        Assert.Equal(Path.GetFullPath("/c/config.json"), paths.EndpointFile);
        Assert.Equal(Path.GetFullPath("/t/logs"), Path.GetFullPath(paths.LogDirectory));
        Assert.Equal(Path.GetFullPath("/t/runtime-active.json"), Path.GetFullPath(paths.ActiveRuntimeFile));
        Assert.Equal(Path.GetFullPath("/t/runtime.lock"), Path.GetFullPath(paths.LockFile));
    }

    [Fact]
    public void Says_what_to_set_where_there_is_no_home()
    {
        var failure = Assert.Throws<IdleHandsException>(() => IdleHandsPaths.FromEnvironment(_ => null, string.Empty, isWindows: false));

        Assert.Equal("HomeDirectoryUnknown", failure.ErrorId);
        Assert.Contains("IDLEHANDS_CONFIG_DIR", failure.Recommendation, StringComparison.Ordinal);
    }

    private static void AssertPaths(string environment, string configuration, string state, bool isWindows)
    {
        IdleHandsPaths paths = Read(environment, isWindows);

        Assert.Equal(Path.GetFullPath(configuration), paths.ConfigurationDirectory);
        Assert.Equal(Path.GetFullPath(state), paths.StateDirectory);
    }

    private static IdleHandsPaths Read(string environment, bool isWindows)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return IdleHandsPaths.FromEnvironment(variables.GetValueOrDefault, _home, isWindows);
    }
}

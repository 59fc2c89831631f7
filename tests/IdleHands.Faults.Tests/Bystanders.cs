using System.Diagnostics;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>
/// Somebody else's processes, which live through every fault of a class: a server of a model that has the name of one of
/// ours, and a sleeper. Whatever is done to our own, these are left alone.
/// </summary>
public sealed class Bystanders : IAsyncLifetime
{
    private SampleModelFile? _weights;
    private SampleServerProcess? _server;
    private Process? _sleeper;

    public async ValueTask InitializeAsync()
    {
        if (OperatingSystem.IsLinux())
        {
            _weights = new SampleModelFile();
            _sleeper = Process.Start("sleep", "7200");
            _server = await SampleServerProcess.StartReadyAsync(_weights, CancellationToken.None, "--alias", "before", "--lifetime", "7200");
        }
    }

    /// <summary>They live, with the numbers that they had, and the server answers.</summary>
    public async Task AssertUnharmedAsync()
    {
        Assert.False(_sleeper!.HasExited, "The sleeper that is not ours was ended.");
        Assert.False(_server!.HasExited, "The server that is not ours was ended.");
        Assert.Equal("before", await Served.ByAsync(_server.Port));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_sleeper is not null)
        {
            _sleeper.Kill();
            await _sleeper.WaitForExitAsync();
            _sleeper.Dispose();
        }

        _weights?.Dispose();
    }
}

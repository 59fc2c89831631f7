using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>Ports that somebody else has, or takes in the middle of a switch.</summary>
public abstract class PortFaultTests(Bystanders bystanders, FaultHost way) : FaultTestBase(bystanders, way)
{
    [Fact]
    public async Task A_port_that_is_taken_leaves_what_runs_alone()
    {
        RunBefore();
        int process = ProcessId();
        await using SampleServerProcess stranger = await SampleServerProcess.StartReadyAsync(Weights, Token, "--alias", "stranger");
        AddModel("next");
        Configure($"Set-IHModel next -Port {stranger.Port}");

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "PortInUse", ErrorCategory.ResourceBusy, "Set-IHModel next -Port");
        Assert.Contains($"process {stranger.ProcessId} (sample-server)", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal((SelectStatus.Failed, "before", process), (result.Status, result.ActiveId, ProcessId()));
        await AssertEndsWithAsync("before");
        Assert.False(stranger.HasExited);
    }

    [Fact]
    public async Task A_stranger_that_listens_before_the_server_could_is_not_taken_for_the_model()
    {
        RunBefore();
        int port = AddModel("next");
        Configure($"Set-IHModel next -StartCommand {Quote(StrangerCommand(port) + "; exec sleep 60")}");

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "PortInUse", ErrorCategory.ResourceBusy, "Set-IHModel next -Port");
        Assert.Contains("which serves stranger", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal((SelectStatus.Restored, "before"), (result.Status, result.ActiveId));
        await AssertEndsWithAsync("before", port);
        EndRecorded("stranger");
    }

    [Fact]
    public async Task A_server_that_finds_its_port_taken_since_it_was_checked_says_so()
    {
        RunBefore();
        int port = AddModel("next");

        // It loads for ever, so that what fails is the server that can't have the port.
        Configure($"Add-IHBackend gpu -Type cpu -ApplyCommand {Quote(StrangerCommand(port, "--load-time 60") + AwaitListener(port))}; Set-IHModel next -BackendPolicy gpu");

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "StartFailed", ErrorCategory.OperationStopped, $"Test-IHHealth -ScanPorts {port}");
        Assert.Equal((SelectStatus.Restored, "before", "port in use"), (result.Status, result.ActiveId, result.Cause));
        await AssertEndsWithAsync("before", port);
        EndRecorded("stranger");
    }

    [Fact]
    public async Task What_ran_is_not_brought_back_onto_a_port_that_a_stranger_took_from_it()
    {
        RunBefore();
        int port = PortOf("before");
        Configure($"Add-IHBackend gpu -Type cpu -ApplyCommand {Quote(StrangerCommand(port) + AwaitListener(port) + "; exit 5")}");
        AddModel("next", more: "-BackendPolicy gpu");

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "ApplyFailed", ErrorCategory.OperationStopped, "Test-IHBackend gpu");
        Assert.Equal((SelectStatus.Failed, null), (result.Status, result.ActiveId));
        Assert.Contains("Model 'before', which ran before, could not be brought back: ", error.Exception.Message, StringComparison.Ordinal);
        await AssertEndsWithAsync(null, port);
        EndRecorded("stranger");
    }

    /// <summary>Waits for the socket that listens: one of an earlier connection to the port may linger, and has its number too.</summary>
    private static string AwaitListener(int port) => $"; while ! grep -q ':{port:X4} 00000000:0000 0A ' /proc/net/tcp; do sleep 0.02; done";
}

public sealed class LocalPortFaultTests(Bystanders bystanders, LocalFaultHost way) : PortFaultTests(bystanders, way), IClassFixture<LocalFaultHost>;

public sealed class SshPortFaultTests(Bystanders bystanders, SshFaultHost way) : PortFaultTests(bystanders, way), IClassFixture<SshFaultHost>;

public sealed class ExecPortFaultTests(Bystanders bystanders, ExecFaultHost way) : PortFaultTests(bystanders, way), IClassFixture<ExecFaultHost>;

using IdleHands.Hosts;
using IdleHands.Hosts.Local;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Which processes belong to a launch.</summary>
public sealed class UnixPlatformTests
{
    [Fact]
    public void Who_asks_is_never_taken_for_the_launch_although_it_inherited_its_id()
    {
        int own = Environment.ProcessId;
        var platform = new UnixPlatform(new Marked([new(10, 10, 1, 0, 1), new(20, 20, 1, 0, 1), new(30, 30, 1, 0, 10), new(own, own, 1, 0, 30)]), null);
        var launch = new LaunchRecord { LaunchId = "m", ProcessId = 9, StartTime = "1", BootId = "boot", StartedAt = DateTimeOffset.UnixEpoch };

        Assert.Equal([20], platform.FindProcesses(launch, everywhere: true));
    }

    /// <summary>Processes that all carry the id of the launch.</summary>
    private sealed class Marked(UnixProcess[] processes) : IProcessTable
    {
        public string BootId => "boot";

        public UnixProcess? Find(int processId) => processes.Where(process => process.Id == processId).Select(process => (UnixProcess?)process).FirstOrDefault();

        public IReadOnlyList<UnixProcess> OfSession(int sessionId) => processes.Where(process => process.SessionId == sessionId).ToArray();

        public IEnumerable<UnixProcess> All() => processes;

        public bool TryReadEnvironment(int processId, string name, out string? value)
        {
            value = "m";
            return true;
        }

        public string? FindErrorFile(int processId) => null;

        public long MeasureInputOutput(int processId) => 0;

        public IReadOnlyList<PortHolder> FindPortHolders(int port) => [];
    }
}

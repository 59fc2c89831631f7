using IdleHands.Templates;

namespace IdleHands.Hosts;

/// <summary>Asks a host for the memory of its GPUs, by the tool of their maker: nvidia-smi, or else rocm-smi.</summary>
internal sealed class GpuMemory(IHostConnection connection, ShellDialect dialect)
{
    private const string DeviceQuery = "--query-gpu=index,uuid,memory.used,memory.total";
    private const string ProcessQuery = "--query-compute-apps=pid,gpu_uuid,used_gpu_memory";
    private const string Format = "--format=csv,noheader,nounits";

    /// <summary>A tool waits for ever on a driver that hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Asks in the shell of a host.</summary>
    /// <param name="connection">The way to the host.</param>
    /// <param name="host">The host.</param>
    public GpuMemory(IHostConnection connection, RuntimeHost host)
        : this(connection, ShellDialects.Parse(ShellDialects.ShellOf(host, OperatingSystem.IsWindows())))
    {
    }

    /// <summary>The memory of the host's GPUs now; null where the host can't tell: no GPU, no tool, or one that fails or hangs.</summary>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<GpuSnapshot?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            CommandResult result = await connection.RunAsync(new HostCommand(CommandFor(dialect), Limit), cancellationToken).ConfigureAwait(false);
            return result.TimedOut ? null : GpuOutput.Read(result.Output);
        }
        catch (IdleHandsException)
        {
            return null; // What can't run a command can't be asked.
        }
    }

    /// <summary>One command that asks whichever tool works; a mark before each answer says whose it is.</summary>
    internal static string CommandFor(ShellDialect dialect) => dialect switch
    {
        ShellDialect.PowerShell =>
            "$ok = $false; "
            + "if (Get-Command nvidia-smi -ErrorAction Ignore) { "
            + $"'{GpuOutput.NvidiaDevices}'; nvidia-smi '{DeviceQuery}' '{Format}' 2>$null; $ok = $?; "
            + $"'{GpuOutput.NvidiaProcesses}'; nvidia-smi '{ProcessQuery}' '{Format}' 2>$null }}; "
            + "if (-not $ok -and (Get-Command rocm-smi -ErrorAction Ignore)) { "
            + $"'{GpuOutput.RocmDevices}'; rocm-smi --showmeminfo vram --json 2>$null; "
            + $"'{GpuOutput.RocmProcesses}'; rocm-smi --showpids --json 2>$null }}",
        ShellDialect.Cmd =>
            $"(echo {GpuOutput.NvidiaDevices}&& nvidia-smi \"{DeviceQuery}\" \"{Format}\"&& echo {GpuOutput.NvidiaProcesses}&& nvidia-smi \"{ProcessQuery}\" \"{Format}\") 2>nul "
            + $"|| (echo {GpuOutput.RocmDevices}&& rocm-smi --showmeminfo vram --json&& echo {GpuOutput.RocmProcesses}&& rocm-smi --showpids --json) 2>nul",
        _ =>
            "PATH=\"$PATH:/usr/lib/wsl/lib:/opt/rocm/bin\"; "
            + $"{{ echo '{GpuOutput.NvidiaDevices}' && nvidia-smi '{DeviceQuery}' '{Format}' && echo '{GpuOutput.NvidiaProcesses}' && nvidia-smi '{ProcessQuery}' '{Format}'; }} 2>/dev/null "
            + $"|| {{ echo '{GpuOutput.RocmDevices}' && rocm-smi --showmeminfo vram --json && echo '{GpuOutput.RocmProcesses}' && rocm-smi --showpids --json; }} 2>/dev/null",
    };
}

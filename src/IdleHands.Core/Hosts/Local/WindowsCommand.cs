using System.IO.Pipes;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace IdleHands.Hosts.Local;

/// <summary>A running command in a job of its own.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsCommand : ILocalCommand
{
    private readonly WindowsJob _job;
    private readonly WindowsProcess _process;
    private readonly AnonymousPipeServerStream _output;
    private readonly AnonymousPipeServerStream _error;

    private WindowsCommand(WindowsJob job, WindowsProcess process, AnonymousPipeServerStream output, AnonymousPipeServerStream error)
    {
        _job = job;
        _process = process;
        _output = output;
        _error = error;
    }

    /// <inheritdoc />
    public Stream Output => _output;

    /// <inheritdoc />
    public Stream Error => _error;

    /// <summary>Starts a command.</summary>
    public static WindowsCommand Start(ShellCommand command)
    {
        string shell = WindowsShell.Find(command.Shell);
        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        var error = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        WindowsJob? job = null;
        try
        {
            job = WindowsJob.Create();
            using SafeFileHandle input = WindowsFiles.OpenNul();
            (WindowsProcess process, SafeThreadHandle thread) = WindowsProcess.CreateSuspendedIn(job, new ProcessSetup(
                shell,
                WindowsCommandLine.ForShell(command.Shell, shell, command.Text),
                command.WorkingDirectory,
                WindowsPlatform.EnvironmentBlock(command.Environment),
                input,
                output.ClientSafePipeHandle,
                error.ClientSafePipeHandle,
                LeaveCallersJob: false));
            using (thread)
            {
                WindowsProcess.Resume(thread);
            }

            // The command's ends are open in the command alone from here on: when it closes them, reading ends.
            output.DisposeLocalCopyOfClientHandle();
            error.DisposeLocalCopyOfClientHandle();
            return new WindowsCommand(job, process, output, error);
        }
        catch
        {
            job?.Dispose();
            output.Dispose();
            error.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        int exitCode = await _process.WaitAsync(cancellationToken).ConfigureAwait(false);

        // It ended by itself: what it left in the background was meant to stay, as it would on Unix.
        _job.Release();
        return exitCode;
    }

    /// <inheritdoc />
    public Task KillTreeAsync()
    {
        _job.Terminate();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _job.Dispose();
        _process.Dispose();
        _output.Dispose();
        _error.Dispose();
    }
}

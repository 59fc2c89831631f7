using IdleHands.Engines;
using IdleHands.Hosts;
using IdleHands.Templates;

namespace IdleHands.Setup;

/// <summary>Looks at what a host has to serve models with: the engines on its PATH, and its GPUs. Nothing is changed.</summary>
internal static class HostSurveyor
{
    /// <summary>A tool waits for ever on a driver that hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Looks. A tool that fails, or hangs, has told nothing.</summary>
    /// <param name="connection">The way to the host.</param>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">The host can't be reached, or its shell does not run.</exception>
    public static async Task<HostSurvey> TakeAsync(IHostConnection connection, RuntimeHost host, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        string shell = ShellDialects.ShellOf(host, OperatingSystem.IsWindows());
        NameList programs = await FindProgramsAsync(connection, ShellDialects.Parse(shell), cancellationToken).ConfigureAwait(false);
        GpuTool[] tools = [.. GpuTool.All.Where(tool => programs.Contains(tool.Program))];
        Task<CommandResult>[] answers = [.. tools.Select(tool => AskAsync(connection, tool.Command, cancellationToken))];
        Task<CommandResult> devices = programs.Contains(EngineCatalog.ForGguf) ? AskAsync(connection, EngineDevices.Command, cancellationToken) : Task.FromResult(new CommandResult());
        await Task.WhenAll([.. answers, devices]).ConfigureAwait(false);
        CommandResult list = await devices.ConfigureAwait(false);
        (GpuTool Tool, CommandResult Answer, IReadOnlyList<FoundGpu> Gpus)[] told = [.. tools.Zip(answers, (tool, answer) => (tool, answer.Result, tool.Read(answer.Result.Output)))];
        FoundGpu[] gpus = [.. told.SelectMany(one => one.Gpus)];
        return new HostSurvey
        {
            Programs = programs,
            Gpus = gpus.Any(gpu => gpu.BackendType != "vulkan") ? [.. gpus.Where(gpu => gpu.BackendType != "vulkan")] : gpus,
            EngineDevices = EngineDevices.Read($"{list.Output}\n{list.Error}"),
            Platform = PlatformOf(host, shell),
            Remarks = NameList.From(told.Where(one => one.Gpus.Count == 0).Select(one => Remark(one.Tool, one.Answer)).OfType<string>()),
        };
    }

    private static async Task<NameList> FindProgramsAsync(IHostConnection connection, ShellDialect dialect, CancellationToken cancellationToken)
    {
        string[] asked = [.. EngineCatalog.All.Select(engine => engine.Program).OfType<string>().Concat(GpuTool.All.Select(tool => tool.Program)).Distinct()];
        CommandResult result = await connection.RunAsync(new HostCommand(HostQuestion.Write(dialect, asked, asksHost: false), Limit), cancellationToken).ConfigureAwait(false);
        return HostQuestion.Read(result.Output, asked) is { } answer ? NameList.From(asked.Where(program => !answer.Missing.ContainsKey(program))) : NameList.Empty;
    }

    /// <summary>What a tool said instead of naming a GPU; of Vulkan, which many have without one, only that it hangs.</summary>
    private static string? Remark(GpuTool tool, CommandResult answer)
    {
        const int Longest = 160;
        if (answer.TimedOut)
        {
            return FormattableString.Invariant($"{tool.Program} gave no answer in {Limit.TotalSeconds:0} s");
        }

        string? said = $"{answer.Error}\n{answer.Output}".Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return said is null || answer.Succeeded || tool.BackendType == "vulkan" ? null : $"{tool.Program}: {(said.Length > Longest ? said[..Longest] + "…" : said)}";
    }

    /// <summary>What a program prints; nothing where it can't be run.</summary>
    private static async Task<CommandResult> AskAsync(IHostConnection connection, string command, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.RunAsync(new HostCommand(command, Limit), cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException)
        {
            return new CommandResult();
        }
    }

    private static string PlatformOf(RuntimeHost host, string shell) => host.Transport switch
    {
        HostTransport.Local when OperatingSystem.IsMacOS() => "macos",
        HostTransport.Local when OperatingSystem.IsWindows() => "windows",
        _ when shell is "pwsh" or "cmd" && host.Transport != HostTransport.Local => "windows",
        _ => "linux",
    };
}

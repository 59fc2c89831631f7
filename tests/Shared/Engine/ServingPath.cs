namespace IdleHands.Testing;

/// <summary>
/// A PATH that has the tools of this machine, but no GPU and no engine, whatever the machine has; and programs that a test
/// puts in their place. The PATH as it was comes back on dispose.
/// </summary>
internal sealed class ServingPath : IDisposable
{
    private static readonly string[] Hidden =
        ["nvidia-smi", "rocm-smi", "vulkaninfo", "system_profiler", "llama-server", "koboldcpp", "vllm", "ollama", "mlx_lm.server", "docker"];

    /// <summary>The module keeps where it has found a tool, so they stay where they are for as long as the process lives.</summary>
    private static readonly Lazy<string> s_tools = new(LinkTools);

    private readonly string _path = Environment.GetEnvironmentVariable("PATH") ?? string.Empty;
    private readonly string _directory;

    /// <summary>Takes the place of the PATH.</summary>
    /// <param name="directory">An empty directory.</param>
    public ServingPath(string directory)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs are shell scripts");
        _directory = Directory.CreateDirectory(directory).FullName;
        Environment.SetEnvironmentVariable("PATH", _directory + Path.PathSeparator + s_tools.Value);
    }

    /// <summary>Puts a program there.</summary>
    public void Add(string name, string script)
    {
        string file = Path.Combine(_directory, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Puts a llama-server there, which is the sample server in its guise, and lists these devices.</summary>
    public void AddLlamaServer(string devices = "") => Add(
        "llama-server",
        $"""
        if [ "$1" = --list-devices ]; then
        echo 'Available devices:'
        {(devices.Length == 0 ? "echo '  (none)'" : $"echo '  {devices}'")}
        exit 0
        fi
        exec '{SampleServerProcess.ExecutablePath}' --lifetime 120 --load-time 0.2 --guise llama-server "$@"
        """);

    /// <summary>Puts an nvidia-smi there that tells of these GPUs: a name, and MiB.</summary>
    public void AddNvidia(params (string Name, int MiB)[] gpus) => Add(
        "nvidia-smi",
        $"""
        case "$*" in
          *--query-gpu=name,memory.total*) printf '%s\n' {string.Join(' ', gpus.Select(gpu => $"'{gpu.Name}, {gpu.MiB}'"))} ;;
          *--query-gpu=index,uuid,memory.used,memory.total*) printf '%s\n' {string.Join(' ', gpus.Select((gpu, index) => $"'{index}, GPU-{index}, 0, {gpu.MiB}'"))} ;;
          *--query-compute-apps*) ;;
          -L) ;;
          *) exit 2 ;;
        esac
        """);

    public void Dispose() => Environment.SetEnvironmentVariable("PATH", _path);

    private static string LinkTools()
    {
        string directory = Directory.CreateTempSubdirectory("idlehands-tools-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        foreach (string tool in new[] { "/usr/bin", "/bin" }.SelectMany(Directory.EnumerateFiles))
        {
            string link = Path.Combine(directory, Path.GetFileName(tool));
            if (!Hidden.Contains(Path.GetFileName(tool)) && !File.Exists(link))
            {
                File.CreateSymbolicLink(link, tool);
            }
        }

        return directory;
    }
}

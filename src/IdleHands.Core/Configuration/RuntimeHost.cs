namespace IdleHands;

/// <summary>A machine that runs inference, as <c>runtimes.json</c> defines it.</summary>
public sealed record RuntimeHost
{
    private const int DefaultCheckTimeoutSec = 5;
    private const int DefaultDrainSec = 30;
    private const int DefaultStopGraceSec = 10;

    /// <summary>Unique id: lower-case letters, digits and hyphens, at most 64 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Name shown to people.</summary>
    public required string DisplayName { get; init; }

    /// <summary>False: kept, but neither used nor probed.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How commands reach the host: <c>local</c>, <c>ssh</c> or <c>exec</c>.</summary>
    public string Transport { get; init; } = HostTransport.Local;

    /// <summary>Shell that reads the commands: <c>bash</c>, <c>sh</c>, <c>pwsh</c> or <c>cmd</c>. Null: bash (sh where absent) on Unix, pwsh on Windows.</summary>
    public string? Shell { get; init; }

    /// <summary>Name or address to connect to, for <c>ssh</c>.</summary>
    public string? HostName { get; init; }

    /// <summary>Port to connect to, for <c>ssh</c>.</summary>
    public int? Port { get; init; }

    /// <summary>User to connect as, for <c>ssh</c>.</summary>
    public string? UserName { get; init; }

    /// <summary>Private key file for <c>ssh</c>, or a secret reference.</summary>
    public string? KeyPath { get; init; }

    /// <summary>Password for <c>ssh</c>; shown as its reference or <c>***</c>.</summary>
    public Secret? Password { get; init; }

    /// <summary>Extra <c>-o</c> options of the ssh client.</summary>
    public NameList? SshOption { get; init; }

    /// <summary>Command prefix of the <c>exec</c> transport, e.g. <c>docker exec c</c>.</summary>
    public NameList? ExecPrefix { get; init; }

    /// <summary>Declared GPUs.</summary>
    public NameList? Gpu { get; init; }

    /// <summary>Declared GPU memory, in GB.</summary>
    public double? VramGB { get; init; }

    /// <summary>Declared backends, by id or type; empty says nothing.</summary>
    public NameList? Backend { get; init; }

    /// <summary>Command that says whether the host is well: exit code 0; it may ask for {host} and {host_id}. Null: nothing is checked.</summary>
    public string? CheckCommand { get; init; }

    /// <summary>Limit of <see cref="CheckCommand"/> in seconds; null: 5.</summary>
    public int? CheckTimeoutSec { get; init; }

    /// <summary>Command that stops the running model, rendered with that model. Null: the recorded session is stopped.</summary>
    public string? StopCommand { get; init; }

    /// <summary>Command run right after a stop, rendered with the model that was stopped.</summary>
    public string? CleanupCommand { get; init; }

    /// <summary>How long running requests may take before a model is stopped, in seconds; 0: they are not waited for. Null: 30.</summary>
    public int? DrainSec { get; init; }

    /// <summary>How long a model may take to end after it was told to (TERM), before it is told again, in seconds; null: 10.</summary>
    public int? StopGraceSec { get; init; }

    /// <summary>Limit of the check command.</summary>
    internal TimeSpan EffectiveCheckTimeout => TimeSpan.FromSeconds(CheckTimeoutSec ?? DefaultCheckTimeoutSec);

    /// <summary>Limit of the wait for running requests; zero: none.</summary>
    internal TimeSpan EffectiveDrain => TimeSpan.FromSeconds(DrainSec ?? DefaultDrainSec);

    /// <summary>Time between the first TERM and the second.</summary>
    internal TimeSpan EffectiveStopGrace => TimeSpan.FromSeconds(StopGraceSec ?? DefaultStopGraceSec);

    /// <summary><c>*_ref</c> keys that the original CLI lets a connection hold; kept, not used.</summary>
    internal EnvironmentMap? ConnectionReferences { get; init; }
}

/// <summary>The words of <c>transport</c>.</summary>
public static class HostTransport
{
    /// <summary>This machine.</summary>
    public const string Local = "local";

    /// <summary>Over the system's OpenSSH client.</summary>
    public const string Ssh = "ssh";

    /// <summary>Through a command prefix (<c>kubectl exec</c>, <c>docker exec</c>, <c>wsl</c>).</summary>
    public const string Exec = "exec";

    /// <summary>All of them.</summary>
    public static NameList All { get; } = new(Local, Ssh, Exec);
}

/// <summary>The words of <c>shell</c>.</summary>
public static class HostShell
{
    /// <summary>All of them.</summary>
    public static NameList All { get; } = new("bash", "sh", "pwsh", "cmd");
}

using System.Text.Json;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>
/// The state file: what runs, as far as the last select knows. Holds all that stopping needs, so that a broken
/// configuration never stands in the way, and no secret.
/// </summary>
/// <param name="path">The file, <c>runtime-active.json</c>.</param>
/// <param name="machineId">This machine: a home on a network share shows other machines' slots too.</param>
public sealed class ActiveRuntimeStore(string path, string machineId)
{
    private const string DefaultSlot = "default";

    /// <summary>Opens the state file of this machine.</summary>
    /// <param name="path">The file, <c>runtime-active.json</c>.</param>
    public ActiveRuntimeStore(string path)
        : this(path, MachineIdentity.Current)
    {
    }

    /// <summary>What runs on behalf of this machine; null when nothing does.</summary>
    /// <exception cref="IdleHandsException"><c>StateUnreadable</c>: the file is there and says nothing that can be understood.</exception>
    public ActiveRuntime? Read()
    {
        StateFile file = ReadFile();
        return file.Slots.Values.FirstOrDefault(IsOurs) is { } slot ? ToRuntime(slot) : null;
    }

    /// <summary>Ids of all launches that are written down, those of other machines too.</summary>
    /// <exception cref="IdleHandsException"><c>StateUnreadable</c>.</exception>
    internal IReadOnlyCollection<string> ReadLaunchIds() =>
        ReadFile().Slots.Values.Select(slot => slot.Launch?.Id).OfType<string>().ToArray();

    /// <summary>Writes down what runs now; null for nothing. Other machines' slots stay.</summary>
    /// <exception cref="IdleHandsException"><c>StateNotWritable</c>, <c>StateUnreadable</c>.</exception>
    public void Write(ActiveRuntime? runtime)
    {
        StateFile file = ReadFile();
        foreach (string key in file.Slots.Where(slot => IsOurs(slot.Value)).Select(slot => slot.Key).ToArray())
        {
            file.Slots.Remove(key);
        }

        if (runtime is not null)
        {
            string key = file.Slots.ContainsKey(DefaultSlot) ? $"{DefaultSlot}@{machineId}" : DefaultSlot;
            file.Slots[key] = ToSlot(runtime) with { MachineId = machineId };
        }

        try
        {
            PrivateFiles.CreateDirectory(Path.GetDirectoryName(path)!);
            PrivateFiles.Replace(path, JsonSerializer.SerializeToUtf8Bytes(file, StateJson.Default.StateFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    internal static IdleHandsException NotWritable(string path, Exception cause) => new(
        "StateNotWritable",
        FailureKind.Permission,
        $"The state '{path}' can't be written: {cause.Message}",
        "Make its directory writable, or set IDLEHANDS_STATE_DIR to one that is.",
        path,
        cause);

    private bool IsOurs(StateSlot slot) => slot.MachineId is null || slot.MachineId == machineId;

    private StateFile ReadFile()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new StateFile();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(e.Message, e);
        }

        try
        {
            return Parse(bytes);
        }
        catch (JsonException e)
        {
            throw Unreadable(e.Message, e);
        }
    }

    private static StateFile Parse(byte[] bytes)
    {
        using JsonDocument document = JsonDocument.Parse(bytes);
        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("modelId", out _))
        {
            return new StateFile { Slots = { [DefaultSlot] = OriginalState.Read(document.RootElement) } };
        }

        StateFile file = document.RootElement.Deserialize(StateJson.Default.StateFile) ?? throw new JsonException("it holds null");
        if (file.SchemaVersion != StateFile.CurrentVersion)
        {
            throw new JsonException($"it has version {file.SchemaVersion}, this module knows {StateFile.CurrentVersion}");
        }

        foreach ((string name, StateSlot? slot) in (Dictionary<string, StateSlot>?)file.Slots ?? throw new JsonException("it has no slots"))
        {
            if (FindProblem(slot) is { } problem)
            {
                throw new JsonException($"slot '{name}' {problem}");
            }
        }

        return file;
    }

    /// <summary>What makes a slot useless, or dangerous: a session that must not be signalled.</summary>
    private static string? FindProblem(StateSlot? slot) => slot switch
    {
        null => "is empty",
        _ when IsBlank(slot.ModelId) || IsBlank(slot.HostId) || IsBlank(slot.Status) || slot.Endpoint is null => "lacks the model, its host, status or endpoint",
        { Port: < 1 or > ushort.MaxValue } => $"names port {slot.Port}",
        { Launch: { ProcessId: <= 1 } launch } => $"names process {launch.ProcessId}",
        { Launch: { } launch } when IsBlank(launch.Id) || IsBlank(launch.LogPath) || launch.BootId is null || !long.TryParse(launch.StartTime, out _) => "has a launch that can't be told from others",
        _ => null,
    };

    private static bool IsBlank(string? text) => string.IsNullOrEmpty(text) || text.Contains('\0');

    private IdleHandsException Unreadable(string why, Exception cause) => new(
        "StateUnreadable",
        FailureKind.InvalidData,
        $"The state '{path}' can't be understood: {why}",
        $"Look at what runs (Test-IHHealth), then remove the file: Remove-Item '{path}'",
        path,
        cause);

    private static ActiveRuntime ToRuntime(StateSlot slot) => new()
    {
        Id = slot.ModelId,
        HostId = slot.HostId,
        BackendId = slot.BackendId,
        Endpoint = slot.Endpoint,
        Port = slot.Port,
        Status = slot.Status,
        StartedAt = slot.StartedAt,
        Uptime = DateTimeOffset.Now - slot.StartedAt,
        Fingerprint = slot.Fingerprint,
        HandedOver = slot.HandedOver,
        ServedNames = NameList.From(slot.ServedNames ?? [slot.ModelId]),
        SecretReferences = new EnvironmentMap(slot.SecretReferences ?? []),
        StopCommand = slot.StopCommand,
        CleanupCommand = slot.CleanupCommand,
        StatusCommand = slot.StatusCommand,
        Host = slot.Host is { } host ? ToHost(slot.HostId, host) : null,
        Launch = slot.Launch is { } launch ? ToLaunch(slot, launch) : null,
    };

    private static RuntimeHost ToHost(string id, StateHost host) => new()
    {
        Id = id,
        DisplayName = id,
        Transport = host.Transport,
        Shell = host.Shell,
        HostName = host.HostName,
        Port = host.Port,
        UserName = host.UserName,
        KeyPath = host.KeyPath,
        Password = host.PasswordReference is { } reference ? new Secret(reference) : null,
        SshOption = host.SshOption is { } options ? NameList.From(options) : null,
        ExecPrefix = host.ExecPrefix is { } prefix ? NameList.From(prefix) : null,
        StopCommand = host.StopCommandTemplate,
        CleanupCommand = host.CleanupCommandTemplate,
        DrainSec = host.DrainSec,
        StopGraceSec = host.StopGraceSec,
    };

    private static LaunchRecord ToLaunch(StateSlot slot, StateLaunch launch) => new()
    {
        LaunchId = launch.Id,
        ProcessId = launch.ProcessId,
        StartTime = launch.StartTime,
        BootId = launch.BootId,
        LogPath = launch.LogPath,
        StartedAt = slot.StartedAt,
        KnownProcesses = NameList.From(launch.KnownProcesses ?? []),
    };

    private static StateSlot ToSlot(ActiveRuntime runtime) => new()
    {
        ModelId = runtime.Id,
        HostId = runtime.HostId,
        BackendId = runtime.BackendId,
        Endpoint = runtime.Endpoint,
        Port = runtime.Port,
        Status = runtime.Status,
        StartedAt = runtime.StartedAt,
        Fingerprint = runtime.Fingerprint,
        HandedOver = runtime.HandedOver,
        ServedNames = [.. runtime.ServedNames],
        SecretReferences = runtime.SecretReferences.Count == 0 ? null : new Dictionary<string, string>(runtime.SecretReferences),
        StopCommand = runtime.StopCommand,
        CleanupCommand = runtime.CleanupCommand,
        StatusCommand = runtime.StatusCommand,
        Host = runtime.Host is { } host ? ToStateHost(host) : null,
        Launch = runtime.Launch is { } launch
            ? new StateLaunch
            {
                Id = launch.LaunchId,
                ProcessId = launch.ProcessId,
                StartTime = launch.StartTime,
                BootId = launch.BootId,
                LogPath = launch.LogPath,
                KnownProcesses = launch.KnownProcesses.Count == 0 ? null : [.. launch.KnownProcesses],
            }
            : null,
    };

    private static StateHost ToStateHost(RuntimeHost host) => new()
    {
        Transport = host.Transport,
        Shell = host.Shell,
        HostName = host.HostName,
        Port = host.Port,
        UserName = host.UserName,
        KeyPath = host.KeyPath,
        PasswordReference = host.Password?.Reference,
        SshOption = host.SshOption?.ToArray(),
        ExecPrefix = host.ExecPrefix?.ToArray(),
        StopCommandTemplate = host.StopCommand,
        CleanupCommandTemplate = host.CleanupCommand,
        DrainSec = host.DrainSec,
        StopGraceSec = host.StopGraceSec,
    };
}

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
            if (file.Slots.Count == 0)
            {
                PrivateFiles.Delete(path); // Nothing to say needs no file; a full disk can't keep it from being said.
                return;
            }

            PrivateFiles.CreateDirectory(Path.GetDirectoryName(path)!);
            PrivateFiles.Replace(path, JsonSerializer.SerializeToUtf8Bytes(file, StateJson.Default.StateFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <summary>Renames a file that can't be understood, so that a new one can be written and nothing is lost; gives its new name.</summary>
    /// <exception cref="IdleHandsException"><c>StateNotWritable</c>.</exception>
    internal string SetAside()
    {
        string aside = $"{path}.unreadable-{DateTime.UtcNow:yyyyMMdd'T'HHmmss}-{Guid.NewGuid().ToString("N")[..6]}";
        try
        {
            File.Move(path, aside);
            return aside;
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
        "Make room on its disk, or its directory writable, or set IDLEHANDS_STATE_DIR to another one. Get-IHRuntime -Verify shows what runs.",
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
            throw new IdleHandsException(
                "StateUnreadable",
                FailureKind.Permission,
                $"The state '{path}' can't be read: {e.Message}",
                "Make it readable, or set IDLEHANDS_STATE_DIR to another directory. Test-IHHealth shows what runs.",
                path,
                e);
        }

        try
        {
            return Parse(bytes);
        }
        catch (JsonException e)
        {
            throw new IdleHandsException(
                "StateUnreadable",
                FailureKind.InvalidData,
                $"The state '{path}' can't be understood: {e.Message}",
                "The next Select-IHModel or Stop-IHRuntime sets it aside and goes by the records of the launches; Test-IHHealth shows what runs.",
                path,
                e);
        }
    }

    /// <summary>What a newer version wrote is neither understood nor thrown away.</summary>
    private void RefuseNewer(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("schema_version", out JsonElement version)
            && version.ValueKind == JsonValueKind.Number
            && version.TryGetInt32(out int number)
            && number > StateFile.CurrentVersion)
        {
            throw new IdleHandsException(
                "StateFromNewerVersion",
                FailureKind.InvalidData,
                $"The state '{path}' has version {number}, and this module knows version {StateFile.CurrentVersion}: a newer IdleHands wrote it. It is left as it is.",
                "Update-Module IdleHands, or set IDLEHANDS_STATE_DIR to another directory.",
                path);
        }
    }

    private StateFile Parse(byte[] bytes)
    {
        using JsonDocument document = JsonDocument.Parse(bytes);
        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("modelId", out _))
        {
            return new StateFile { Slots = { [DefaultSlot] = OriginalState.Read(document.RootElement) } };
        }

        RefuseNewer(document.RootElement);
        StateFile file = document.RootElement.Deserialize(StateJson.Default.StateFile) ?? throw new JsonException("it holds null");
        if (file.SchemaVersion != StateFile.CurrentVersion)
        {
            throw new JsonException($"it has version {file.SchemaVersion}, which there never was");
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
        { Launch: { } launch } when IsBlank(launch.Id) || (launch.LogPath is null ? !launch.IsAdopted : IsBlank(launch.LogPath)) || launch.BootId is null || !long.TryParse(launch.StartTime, out _) => "has a launch that can't be told from others",
        { Entries: { } entries } when StateEntries.Read(entries) is not { Hosts: [{ } host, ..] } || host.Id != slot.HostId => "has entries that break the rules of the configuration",
        _ => null,
    };

    private static bool IsUsable(StateLaunch? launch) =>
        launch is { ProcessId: > 1, BootId: not null } && !IsBlank(launch.Id) && long.TryParse(launch.StartTime, out _);

    private static bool IsBlank(string? text) => string.IsNullOrEmpty(text) || text.Contains('\0');

    private static ActiveRuntime ToRuntime(StateSlot slot)
    {
        RuntimeConfiguration? entries = slot.Entries is { } written ? StateEntries.Read(written) : null;
        DateTimeOffset now = DateTimeOffset.Now;
        return new ActiveRuntime
        {
            Id = slot.ModelId,
            HostId = slot.HostId,
            BackendId = slot.BackendId,
            Endpoint = slot.Endpoint,
            Port = slot.Port,
            Status = slot.Status,
            StartedAt = slot.StartedAt.LocalDateTime,
            Uptime = now > slot.StartedAt ? now - slot.StartedAt : TimeSpan.Zero, // The clock may have been set back.
            Fingerprint = slot.Fingerprint,
            HandedOver = slot.HandedOver,
            ServedNames = NameList.From(slot.ServedNames ?? [slot.ModelId]),
            SecretReferences = new EnvironmentMap(slot.SecretReferences ?? []),
            StopCommand = slot.StopCommand,
            CleanupCommand = slot.CleanupCommand,
            StatusCommand = slot.StatusCommand,
            Host = entries is { Hosts: [var host, ..] } ? host : null,
            Backend = entries is { Backends: [var backend, ..] } ? backend : null,
            Model = entries is { Models: [var model, ..] } ? model : null,
            Launch = slot.Launch is { } launch ? ToLaunch(slot, launch) : null,

            Memory = slot.Memory?.ToMeasured(),
            Tunnel = slot.Tunnel is { } tunnel && IsUsable(tunnel.Launch) ? new RuntimeTunnel(tunnel.Port, ToLaunch(slot, tunnel.Launch)) : null,

            // It only helps; one that can't be used is none.
            Previous = slot.Previous is { } previous && FindProblem(previous) is null ? ToRuntime(previous) : null,
        };
    }

    private static LaunchRecord ToLaunch(StateSlot slot, StateLaunch launch) => new()
    {
        LaunchId = launch.Id,
        ProcessId = launch.ProcessId,
        StartTime = launch.StartTime,
        BootId = launch.BootId,
        LogPath = launch.LogPath,
        IsAdopted = launch.IsAdopted,
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
        Entries = StateEntries.Write(runtime),
        Previous = runtime.Previous is { } previous ? ToSlot(previous with { Previous = null }) : null,
        Launch = runtime.Launch is { } launch ? ToState(launch) : null,
        Memory = runtime.Memory is { } memory ? StateMemory.Of(memory) : null,
        Tunnel = runtime.Tunnel is { } tunnel ? new StateTunnel { Port = tunnel.Port, Launch = ToState(tunnel.Launch) } : null,
    };

    private static StateLaunch ToState(LaunchRecord launch) => new()
    {
        Id = launch.LaunchId,
        ProcessId = launch.ProcessId,
        StartTime = launch.StartTime,
        BootId = launch.BootId,
        LogPath = launch.LogPath,
        IsAdopted = launch.IsAdopted,
        KnownProcesses = launch.KnownProcesses.Count == 0 ? null : [.. launch.KnownProcesses],
    };
}

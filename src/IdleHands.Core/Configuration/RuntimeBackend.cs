namespace IdleHands;

/// <summary>A compute layer (CUDA, ROCm, Vulkan, Metal, CPU, custom) that models run on, as <c>runtimes.json</c> defines it.</summary>
public sealed record RuntimeBackend
{
    /// <summary>Unique id: lower-case letters, digits and hyphens, at most 64 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Name shown to people.</summary>
    public required string DisplayName { get; init; }

    /// <summary>False: kept, but not used.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>vulkan</c>, <c>rocm</c>, <c>cuda</c>, <c>metal</c>, <c>cpu</c> or <c>custom</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Hosts it may run on: <c>any</c>, or ids.</summary>
    public IdPolicy HostFilter { get; init; } = IdPolicy.Any;

    /// <summary>Command that switches the host to this backend.</summary>
    public string? ApplyCommand { get; init; }

    /// <summary>Command that says whether the backend works: exit code 0. Run on every select.</summary>
    public string? VerifyCommand { get; init; }

    /// <summary>Command that undoes <see cref="ApplyCommand"/>.</summary>
    public string? RollbackCommand { get; init; }

    /// <summary>Accepted for compatibility: verification runs on every select anyway.</summary>
    public bool? VerifyAlways { get; init; }

    /// <summary>Variables of <c>{backend_env}</c>.</summary>
    public EnvironmentMap? Environment { get; init; }

    /// <summary>Arguments of <c>{backend_args}</c>.</summary>
    public NameList? Argument { get; init; }
}

/// <summary>The words of a backend's <c>type</c>.</summary>
public static class BackendType
{
    /// <summary>All of them.</summary>
    public static NameList All { get; } = new("vulkan", "rocm", "cuda", "metal", "cpu", "custom");
}

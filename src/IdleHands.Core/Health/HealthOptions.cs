namespace IdleHands.Health;

/// <summary>What a health check looks at, and how long it waits.</summary>
public sealed record HealthOptions
{
    /// <summary>Only these hosts, in every section; null for all. Disabled hosts are never looked at.</summary>
    public NameList? HostIds { get; init; }

    /// <summary>
    /// Only rows of these models; null for all. Leaves the hosts' own rows out, and of the servers found shows those that
    /// serve one of these models, and only where <see cref="ScanPorts"/> asks for a scan.
    /// </summary>
    public NameList? ModelIds { get; init; }

    /// <summary>Ports to look for servers on; null for 8080 to 8090 and every configured model's port.</summary>
    public PortSet? ScanPorts { get; init; }

    /// <summary>True: ports on which no server was found get a row too.</summary>
    public bool IncludeDown { get; init; }

    /// <summary>Limit of one port's probe, and of one probe command.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many hosts are looked at at once.</summary>
    public int ThrottleLimit { get; init; } = 32;
}

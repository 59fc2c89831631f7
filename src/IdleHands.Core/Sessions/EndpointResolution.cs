namespace IdleHands;

/// <summary>The endpoint that clients use, and where it came from.</summary>
public sealed record EndpointResolution
{
    /// <summary>Base address, e.g. <c>http://127.0.0.1:8080/v1</c>.</summary>
    public required string Endpoint { get; init; }

    /// <summary>One of <see cref="EndpointSource"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Why each source that goes before it didn't apply, in their order.</summary>
    public NameList Skipped { get; init; } = NameList.Empty;
}

/// <summary>The words of <see cref="EndpointResolution.Source"/>, in the order they are tried.</summary>
public static class EndpointSource
{
    /// <summary>It was given.</summary>
    public const string Parameter = nameof(Parameter);

    /// <summary>The runtime that was selected.</summary>
    public const string ActiveRuntime = nameof(ActiveRuntime);

    /// <summary><c>endpoint</c> in <c>config.json</c>.</summary>
    public const string Configuration = nameof(Configuration);
}

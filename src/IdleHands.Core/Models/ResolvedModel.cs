namespace IdleHands;

/// <summary>A model of the configuration with what its files say, and where they are.</summary>
public sealed record ResolvedModel
{
    /// <summary>Id of the model.</summary>
    public required string Id { get; init; }

    /// <summary>Path or URL of the weights.</summary>
    public required string Source { get; init; }

    /// <summary>Bytes of all files; null where no host could tell.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Size of the weights in GiB; where no host could tell, estimated from the name, and null where that does not tell either.</summary>
    public double? SizeGiB { get; init; }

    /// <summary>Where <see cref="SizeGiB"/> comes from: <c>files</c>, <c>name</c> or <c>unknown</c>.</summary>
    public required string SizeOrigin { get; init; }

    /// <summary>The type that most of the weights have, or what the file calls the mixture of types; null where it could not be read.</summary>
    public string? Quantization { get; init; }

    /// <summary>How many parameters it has; null where no file could be read.</summary>
    public long? Parameters { get; init; }

    /// <summary>Context window that it was trained for, in tokens; null where no file could be read.</summary>
    public long? ContextLength { get; init; }

    /// <summary>The hosts that it may run on, and what each says of its files.</summary>
    public IReadOnlyList<ResolvedFile> Hosts { get; init; } = [];

    /// <summary>What its file says, of the first host that has it whole; null where none has, or where it is no GGUF file.</summary>
    public GgufFile? File { get; init; }
}

/// <summary>What a host says of the files of a model.</summary>
/// <param name="HostId">The host.</param>
/// <param name="Exists">True where all of them are there and can be read; null where the host was not reached, or the source is no path.</param>
/// <param name="SizeBytes">Bytes of all of them; null where that is not known.</param>
/// <param name="Problem">What is wrong; null where nothing is.</param>
public sealed record ResolvedFile(string HostId, bool? Exists, long? SizeBytes, string? Problem)
{
    /// <summary>"gpu-01: there", "gpu-02: missing", "gpu-03: not known".</summary>
    public override string ToString() => $"{HostId}: {Exists switch { true => "there", false => "missing", _ => "not known" }}";
}

namespace IdleHands.Configuration;

/// <summary>Gets the text of a file before another one takes its place.</summary>
internal delegate void OldText(ReadOnlySpan<byte> bytes);

/// <summary>
/// The configuration file: read at once, changed under a lock that all processes share, and replaced as a whole, so that
/// a reader sees the old file or the new one and two writers never lose each other's change.
/// </summary>
public sealed class ConfigurationStore
{
    /// <summary>Uses the file of this path, which need not exist.</summary>
    public ConfigurationStore(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>
    /// How long a change waits for a writer that does not get on. While other writers change the file one after the other,
    /// it waits on. 10 seconds where nothing else is said.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads the configuration; a file that isn't there is an empty one.</summary>
    /// <exception cref="ConfigurationException"><c>ConfigurationInvalid</c>, <c>ConfigurationUnreadable</c>.</exception>
    public RuntimeConfiguration Load()
    {
        using FileContent? content = ConfigurationFile.Read(Path);
        return Parse(content);
    }

    /// <summary>Reads the configuration and tells all that is wrong with it. Bad content is no exception here.</summary>
    public ConfigurationInspection Inspect()
    {
        try
        {
            using FileContent? content = ConfigurationFile.Read(Path);
            return Inspect(content);
        }
        catch (ConfigurationException exception)
        {
            return new ConfigurationInspection(null, exception.Findings);
        }
    }

    /// <summary>
    /// Changes the configuration: takes the lock, reads the file anew, applies the change, checks the result and replaces
    /// the file. What the change leaves alone keeps its text byte for byte. Nothing is written where nothing changes.
    /// </summary>
    /// <param name="change">Makes the new configuration from the current one; what it throws leaves the file as it is.</param>
    /// <param name="cancellationToken">Ends the wait for the lock.</param>
    /// <returns>The configuration as it is in the file now.</returns>
    /// <exception cref="ConfigurationException">
    /// <c>ConfigurationInvalid</c> (the file, or what the change made of it), <c>ConfigurationUnreadable</c>,
    /// <c>ConfigurationUnwritable</c>, <c>ConfigurationLocked</c>.
    /// </exception>
    public Task<RuntimeConfiguration> UpdateAsync(
        Func<RuntimeConfiguration, RuntimeConfiguration> change,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync((current, _) => Task.FromResult(change(current)), cancellationToken);
    }

    /// <summary>As the other, with a change that has to do something first, such as to keep a password. The lock is held meanwhile.</summary>
    /// <param name="change">Makes the new configuration from the current one; what it throws leaves the file as it is.</param>
    /// <param name="cancellationToken">Ends the wait for the lock and the change.</param>
    /// <param name="onReplacing">Gets the text that is about to be replaced; what it throws leaves the file as it is.</param>
    /// <returns>The configuration as it is in the file now.</returns>
    /// <exception cref="ConfigurationException">Those of the other.</exception>
    internal async Task<RuntimeConfiguration> UpdateAsync(
        Func<RuntimeConfiguration, CancellationToken, Task<RuntimeConfiguration>> change,
        CancellationToken cancellationToken,
        OldText? onReplacing = null)
    {
        string target = ConfigurationFile.ResolveTarget(Path);
        using FileStream held = await ConfigurationFile.LockAsync(Path, target, LockTimeout, cancellationToken).ConfigureAwait(false);

        using FileContent? content = ConfigurationFile.Read(target);
        RuntimeConfiguration before = Parse(content);
        RuntimeConfiguration after = await change(before, cancellationToken).ConfigureAwait(false);
        if (HasSameEntries(before, after))
        {
            return before;
        }

        IReadOnlyList<ConfigurationFinding> findings = ConfigurationValidator.Validate(after);
        if (findings.Any(finding => finding.Severity == ConfigurationFinding.Error))
        {
            throw ConfigurationException.InvalidChange(Path, findings);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (content is not null)
        {
            onReplacing?.Invoke(content.Bytes);
        }

        SchemaFile.Provide(target, isNew: content is null);
        ConfigurationFile.Replace(Path, target, content is null
            ? ConfigurationWriter.WriteNew(after, namesSchema: true)
            : ConfigurationWriter.Write(content.Bytes, before, after));
        return after;
    }

    private static bool HasSameEntries(RuntimeConfiguration left, RuntimeConfiguration right) =>
        ReferenceEquals(left, right)
        || (IsSame(left.Hosts, right.Hosts) && IsSame(left.Backends, right.Backends) && IsSame(left.Models, right.Models));

    private static bool IsSame<T>(IReadOnlyList<T> left, IReadOnlyList<T> right) =>
        ReferenceEquals(left, right) || left.SequenceEqual(right);

    private static ConfigurationInspection Inspect(FileContent? content) =>
        content is null ? new ConfigurationInspection(RuntimeConfiguration.Empty, []) : ConfigurationReader.Inspect(content.Bytes);

    private RuntimeConfiguration Parse(FileContent? content)
    {
        ConfigurationInspection inspection = Inspect(content);
        return inspection.Configuration ?? throw ConfigurationException.Invalid(Path, inspection.Findings);
    }
}

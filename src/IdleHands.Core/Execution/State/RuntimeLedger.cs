namespace IdleHands.Execution;

/// <summary>What is written down of what runs: the state file, and a record of each launch, kept in step.</summary>
internal sealed class RuntimeLedger(ActiveRuntimeStore state, LaunchRecords records)
{
    /// <summary>The state file.</summary>
    public ActiveRuntimeStore State => state;

    /// <summary>The records of the launches.</summary>
    public LaunchRecords Records => records;

    /// <summary>What runs, as far as is written down.</summary>
    /// <exception cref="IdleHandsException"><c>StateUnreadable</c>, <c>StateFromNewerVersion</c>.</exception>
    public ActiveRuntime? Read() => state.Read();

    /// <summary>Writes down what runs.</summary>
    /// <exception cref="IdleHandsException"><c>StateNotWritable</c>.</exception>
    public void Write(ActiveRuntime runtime)
    {
        records.Write(runtime);
        state.Write(runtime);
    }

    /// <summary>Writes down that something is being stopped. What the state has lost is known by its record alone.</summary>
    /// <exception cref="IdleHandsException"><c>StateNotWritable</c>.</exception>
    public void NoteStopping(ActiveRuntime runtime)
    {
        if (IsActive(runtime))
        {
            state.Write(runtime with { Status = RuntimeStatus.Stopping });
        }
    }

    /// <summary>Writes down that something is gone.</summary>
    /// <exception cref="IdleHandsException"><c>StateNotWritable</c>.</exception>
    public void NoteGone(ActiveRuntime runtime)
    {
        if (IsActive(runtime))
        {
            state.Write(null);
        }

        records.Remove(runtime.Launch);
    }

    /// <summary>Writes down that nothing certain is known of something.</summary>
    /// <exception cref="IdleHandsException"><c>StateNotWritable</c>.</exception>
    public void NoteUnknown(ActiveRuntime runtime)
    {
        if (IsActive(runtime))
        {
            Write(runtime with { Status = RuntimeStatus.Unknown });
        }
    }

    private bool IsActive(ActiveRuntime runtime) =>
        state.Read() is { } active && active.Id == runtime.Id && active.Launch?.LaunchId == runtime.Launch?.LaunchId;
}

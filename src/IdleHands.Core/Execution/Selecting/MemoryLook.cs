using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;
using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>Looks at the files of a model on its host, and at the host's memory. Changes nothing.</summary>
internal sealed class MemoryLook(MemoryUses uses)
{
    private const double NameLow = 0.95;
    private const double NameHigh = 1.3;
    private const long UnnamedOverhead = 2L << 30;
    private const double BytesPerGiB = 1024d * 1024 * 1024;

    /// <summary>A share that hangs must not hold up a plan for ever.</summary>
    private static readonly TimeSpan HeadLimit = TimeSpan.FromSeconds(60);

    /// <summary>Reads the heads of a model's files, or says why not. Null without a problem: it is no GGUF file that could be read.</summary>
    /// <exception cref="IdleHandsException">The host can't be reached.</exception>
    public static async Task<(GgufSet? Set, IdleHandsException? Problem)> ReadAsync(IHostConnection connection, RuntimeModel model, CancellationToken cancellationToken)
    {
        if (!ModelSource.IsPath(model.Source) || !model.Source.EndsWith(ModelFileReader.Extension, StringComparison.OrdinalIgnoreCase))
        {
            return (null, null);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(HeadLimit);
        try
        {
            return (await ModelFiles.ReadAsync(connection, model.Source, limit.Token).ConfigureAwait(false), null);
        }
        catch (IdleHandsException e) when (e.Kind is FailureKind.NotFound or FailureKind.InvalidData or FailureKind.Permission && e.Target is string)
        {
            return (null, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new IdleHandsException(
                "ModelFileUnreadable",
                FailureKind.Unavailable,
                $"'{model.Source}' could not be read within {HeadLimit.TotalSeconds:0} s.",
                "See whether the disk or share that it lies on answers.",
                model.Source));
        }
    }

    /// <summary>Whether a model fits on its host once a plan has stopped what it stops.</summary>
    /// <param name="connection">The way to the host.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="set">The model's files; null where they could not be read.</param>
    /// <param name="bytes">Bytes of the files; null where they could not be measured.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task<MemoryFit> JudgeAsync(IHostConnection connection, RuntimePlan plan, GgufSet? set, long? bytes, CancellationToken cancellationToken)
    {
        string command = plan.Steps.First(step => step.Kind == PlanStepKind.StartModel).Command!;
        LaunchOptions options = LaunchOptions.Read(command, plan.Model.ContextWindow, set is null ? null : new GgufKeys(set.Metadata).Of("block_count"));
        bool isProcessorOnly = options.IsProcessorOnly || plan.Backend?.Type == "cpu";
        MeasuredMemory? measured = uses.Find(plan.Id, plan.HostId, plan.BackendId, plan.Fingerprint, bytes);
        if (set is null && measured is null && WeightSize.Of(bytes, plan.Model.Source).GiB is null)
        {
            return new MemoryFit { Status = FitStatus.Unknown, Notes = new NameList("neither the files nor the name of the model tell how large it is") };
        }

        ActiveRuntime[] stopped = [.. plan.Stopped.Where(runtime => runtime.HostId == plan.HostId)];
        var processes = new HashSet<int>();
        foreach (LaunchRecord launch in stopped.Select(runtime => runtime.Launch).OfType<LaunchRecord>())
        {
            processes.UnionWith((await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false)).ProcessIds);
        }

        MemorySnapshot? memory = await connection.ReadMemoryAsync(processes, cancellationToken).ConfigureAwait(false);
        bool needsGpu = plan.Backend?.Type is "cuda" or "rocm" && !isProcessorOnly;
        bool usesHost = isProcessorOnly || memory?.IsUnified == true || (memory?.Gpus is null && plan.Host.VramGB is null && !needsGpu);
        MemoryEstimate? estimated = await EstimateAsync(connection, plan.Model, set, bytes, options, usesHost, cancellationToken).ConfigureAwait(false);
        return FitJudge.Judge(new FitFacts
        {
            Estimated = estimated,
            Measured = measured is null ? null : AsEstimate(measured, usesHost, options.IsSplit),
            Memory = memory,
            DeclaredGB = plan.Host.VramGB,
            IsProcessorOnly = isProcessorOnly,
            IsSplit = options.IsSplit,
            VisibleGpus = options.VisibleGpus,
            IsOnOneGpu = options.IsOnOneGpu,
            NeedsGpu = needsGpu,
            Stopped = processes,
            StoppedGpuBytes = stopped.Sum(runtime => runtime.Memory?.GpuBytes ?? 0) is > 0 and var known ? known : null,
            StopsSomething = stopped.Length > 0,
        });
    }

    private static async Task<MemoryEstimate?> EstimateAsync(
        IHostConnection connection, RuntimeModel model, GgufSet? set, long? bytes, LaunchOptions options, bool usesHost, CancellationToken cancellationToken)
    {
        if (set is null)
        {
            return FromSize(WeightSize.Of(bytes, model.Source));
        }

        MemoryRequest request = options.Request with { UsesGpu = !usesHost };
        if (options.SidecarPaths.Count > 0)
        {
            IReadOnlyList<FileFact> facts = await connection.StatAsync(options.SidecarPaths, cancellationToken).ConfigureAwait(false);
            request = request with
            {
                SidecarBytes = facts.Sum(fact => fact.Size ?? 0),
                Notes = NameList.From(facts.Where(fact => fact.Size is null).Select(fact => $"the size of '{fact.Path}', which is loaded with it, is not known")),
            };
        }

        return new MemoryEstimator(set.Metadata, set.Tensors, set.Bytes).Estimate(request);
    }

    /// <summary>Of a model of which only the size is known, the rest is a guess, and the range says so.</summary>
    private static MemoryEstimate? FromSize(WeightSize size) => size.GiB is not { } gib ? null : new MemoryEstimate
    {
        Parts = new ItemList<MemoryPart>(
        [
            new MemoryPart(MemoryPartName.Weights, (long)(gib * BytesPerGiB * (size.Origin == WeightSize.FromName ? NameLow : 1)), (long)(gib * BytesPerGiB * (size.Origin == WeightSize.FromName ? NameHigh : 1))),
            new MemoryPart(MemoryPartName.ComputeBuffers, 0, UnnamedOverhead),
        ]),
        Confidence = MemoryConfidence.Low,
        Notes = new NameList(size.Origin == WeightSize.FromName
            ? "the size is estimated from parameters and quantization in the name, and the KV cache is left out"
            : "only the size of the files is known: the KV cache is left out"),
    };

    /// <summary>A figure of a tool holds all; buffers of a log lack what the driver takes for itself.</summary>
    private static MemoryEstimate? AsEstimate(MeasuredMemory measured, bool usesHost, bool isSplit)
    {
        long? bytes = usesHost ? measured.HostBytes : isSplit ? measured.GpuBytes + measured.HostBytes : measured.GpuBytes;
        if (bytes is not { } known)
        {
            return null;
        }

        bool isLogged = !usesHost && measured.Source == "server log";
        return new MemoryEstimate
        {
            Parts = new ItemList<MemoryPart>(
                [new MemoryPart(MemoryPartName.Measured, known, known), .. isLogged ? [MemoryEstimator.GpuContext] : Array.Empty<MemoryPart>()]),
            Confidence = MemoryConfidence.Measured,
        };
    }
}

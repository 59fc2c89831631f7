using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using IdleHands.Gguf;
using IdleHands.Hosts;

namespace IdleHands.Models;

/// <summary>
/// Looks on the hosts for the files of models. All hosts of a model at once; a host that is not reached is asked once, and
/// holds nobody up after that.
/// </summary>
/// <param name="configuration">The hosts.</param>
/// <param name="connect">Opens the way to a host.</param>
/// <param name="isPath">Tells whether a source is a path of a host.</param>
internal sealed class ModelResolver(RuntimeConfiguration configuration, Func<RuntimeHost, IHostConnection> connect, Func<string, bool> isPath)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<IdleHandsException?>>> _openings = new(StringComparer.Ordinal);

    /// <summary>Resolves models, in their order.</summary>
    public async IAsyncEnumerable<ResolvedModel> ResolveAsync(IEnumerable<RuntimeModel> models, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (RuntimeModel model in models)
        {
            yield return await ResolveAsync(model, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ResolvedModel> ResolveAsync(RuntimeModel model, CancellationToken cancellationToken)
    {
        RuntimeHost[] hosts = [.. configuration.Hosts.Where(host => host.Enabled && model.HostPolicy.Admits(host.Id))];
        (ResolvedFile Host, GgufFile? File)[] found = isPath(model.Source)
            ? await Task.WhenAll(hosts.Select(host => LookAsync(host, model, cancellationToken))).ConfigureAwait(false)
            : [.. hosts.Select(host => (new ResolvedFile(host.Id, null, null, "the source is no path of a host"), (GgufFile?)null))];
        GgufFile? file = found.Select(one => one.File).FirstOrDefault(one => one is not null);
        long? bytes = found.Select(one => one.Host.SizeBytes).FirstOrDefault(size => size is not null);
        WeightSize size = WeightSize.Of(bytes, model.Source);
        return new ResolvedModel
        {
            Id = model.Id,
            Source = model.Source,
            SizeBytes = bytes,
            SizeGiB = size.GiB is { } gib ? Math.Round(gib, 2) : null,
            SizeOrigin = size.Origin,
            Quantization = file?.FileType ?? file?.Quantization,
            Parameters = file?.Parameters,
            ContextLength = file?.ContextLength,
            Hosts = new ItemList<ResolvedFile>(found.Select(one => one.Host)),
            File = file,
        };
    }

    private async Task<(ResolvedFile Host, GgufFile? File)> LookAsync(RuntimeHost host, RuntimeModel model, CancellationToken cancellationToken)
    {
        IHostConnection connection = connect(host);
        if (await OpenAsync(host, connection, cancellationToken).ConfigureAwait(false) is { } failure)
        {
            return (new ResolvedFile(host.Id, null, null, failure.Message), null);
        }

        try
        {
            if (model.Source.EndsWith(ModelFileReader.Extension, StringComparison.OrdinalIgnoreCase))
            {
                GgufFile file = await new ModelFileReader(new MemoryRequest { ContextWindow = model.ContextWindow }).ReadAsync(connection, model.Source, cancellationToken).ConfigureAwait(false);
                return (new ResolvedFile(host.Id, true, file.SizeBytes, null), file with { HostId = host.Id });
            }

            FileFact fact = (await connection.StatAsync([model.Source], cancellationToken).ConfigureAwait(false))[0];
            bool isThere = fact.Exists && fact.Problem is null or "is a directory";
            return (new ResolvedFile(host.Id, isThere, fact.Size, isThere ? null : fact.Problem ?? $"'{model.Source}' does not exist"), null);
        }
        catch (IdleHandsException e)
        {
            bool? exists = e.ErrorId switch
            {
                ModelFiles.NotFoundId or ModelFiles.UnreadableId or GgufErrors.ShardMissingId => false,
                _ when e.Kind is FailureKind.InvalidData => true,
                _ => null,
            };
            return (new ResolvedFile(host.Id, exists, null, e.Message), null);
        }
    }

    /// <summary>The failure of reaching a host, which is the same for every model.</summary>
    private Task<IdleHandsException?> OpenAsync(RuntimeHost host, IHostConnection connection, CancellationToken cancellationToken) =>
        _openings.GetOrAdd(host.Id, _ => new Lazy<Task<IdleHandsException?>>(async () =>
        {
            try
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (IdleHandsException e)
            {
                return e;
            }
        })).Value;
}

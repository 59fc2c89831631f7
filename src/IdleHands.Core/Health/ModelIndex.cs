using IdleHands.Planning;

namespace IdleHands.Health;

/// <summary>Finds the configured models that a server's names stand for.</summary>
internal sealed class ModelIndex
{
    private readonly ILookup<string, string> _idsByKey;

    public ModelIndex(IEnumerable<RuntimeModel> models)
    {
        _idsByKey = models
            .SelectMany(model => ModelSource.ServedNames(model).Select(ModelIdentity.KeyOf).Distinct().Select(key => (key, model.Id)))
            .Where(pair => pair.key.Length > 0)
            .ToLookup(pair => pair.key, pair => pair.Id, StringComparer.Ordinal);
    }

    /// <summary>Ids of the configured models of one of these names.</summary>
    public IEnumerable<string> Find(IEnumerable<string> names) =>
        names.SelectMany(name => _idsByKey[ModelIdentity.KeyOf(name)]).Distinct(StringComparer.Ordinal);
}

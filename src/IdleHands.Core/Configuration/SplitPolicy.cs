namespace IdleHands;

/// <summary>A model's <c>split_policy</c>: an object kept as written, whose <c>hosts</c> must exist.</summary>
/// <param name="Json">The object's JSON text.</param>
/// <param name="Hosts">Ids of the hosts it names.</param>
public sealed record SplitPolicy(string Json, NameList Hosts)
{
    /// <inheritdoc />
    public override string ToString() => Json;
}

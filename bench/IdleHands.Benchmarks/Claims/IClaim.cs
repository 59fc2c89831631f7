namespace IdleHands.Benchmarks.Claims;

/// <summary>Something that is promised about speed.</summary>
internal interface IClaim
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>Measures it beside its baseline.</summary>
    /// <param name="quick">Fewer samples.</param>
    Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick);
}

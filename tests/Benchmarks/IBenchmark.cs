namespace Sessions.Benchmarks;

/// <summary>One figure beside its anchor. Both are measured in turns, so that a machine whose speed drifts drifts under both.</summary>
internal interface IBenchmark : IAsyncDisposable
{
    /// <summary>How many turns count where a benchmark says nothing else.</summary>
    const int UsualTurns = 5;

    string Name { get; }

    /// <summary>Of anchor and figure alike, with what is better where that is not plain: <c>sessions/s</c>, <c>ns, lower is better</c>.</summary>
    string Unit { get; }

    string AnchorName { get; }

    /// <summary>Turns of the anchor that are not counted; as many as of the figure where it is code of this platform too.</summary>
    int AnchorWarmUpTurns => 1;

    /// <summary>
    /// Turns of the figure that are not counted. The compiler still improves the code of a node in its first twenty seconds under load.
    /// </summary>
    int WarmUpTurns => 4;

    /// <summary>Turns of each that count.</summary>
    int Turns => UsualTurns;

    Task PrepareAsync();

    /// <summary>One turn of the anchor.</summary>
    Task<double> MeasureAnchorAsync();

    /// <summary>One turn of the figure.</summary>
    Task<double> MeasureFigureAsync();

    /// <summary>What else is worth telling after the last turn.</summary>
    string Notes { get; }
}

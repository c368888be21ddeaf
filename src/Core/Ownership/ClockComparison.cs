namespace Sessions.Core.Ownership;

/// <summary>How far a node's clock is from the one that all nodes of a cluster share, as one question and its answer tell.</summary>
/// <param name="Offset">Positive where the node's clock is ahead; exact to <paramref name="Uncertainty"/>.</param>
/// <param name="Uncertainty">Half of the time from the question to the answer: nobody can tell when in it the shared clock was read.</param>
internal readonly record struct ClockComparison(TimeSpan Offset, TimeSpan Uncertainty)
{
    /// <summary>Compares.</summary>
    /// <param name="askedAt">The node's clock when the question was sent.</param>
    /// <param name="took">From the question to the answer, by a monotonic clock.</param>
    /// <param name="answer">The shared clock.</param>
    public static ClockComparison Of(DateTimeOffset askedAt, TimeSpan took, DateTimeOffset answer) => new(askedAt + (took / 2) - answer, took / 2);

    /// <summary>Whether the clocks certainly differ by more than is tolerated.</summary>
    public bool IsOff(TimeSpan tolerance) => Offset.Duration() - Uncertainty > tolerance;

    /// <summary>For messages: "120.0 s ahead of", "1.5 s behind".</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Offset.Duration().TotalSeconds:F1} s {(Offset > TimeSpan.Zero ? "ahead of" : "behind")}");
}

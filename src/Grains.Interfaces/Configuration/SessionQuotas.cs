namespace Sessions;

/// <summary>How much a session may use. A dimension that is null is not limited; 0 permits none of it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionQuotas")]
public sealed record SessionQuotas
{
    /// <summary>Nothing is limited.</summary>
    public static readonly SessionQuotas Unlimited = new();

    /// <summary>Executions over the session's whole life. 0 to 10¹².</summary>
    [Id(0)]
    public long? Executions { get; init; }

    /// <summary>Executions at one moment. 0 to 10⁶.</summary>
    [Id(1)]
    public long? Concurrent { get; init; }

    /// <summary>Executions started in one second. 0 to 10⁶.</summary>
    [Id(2)]
    public long? PerSecond { get; init; }

    /// <summary>Sum of the durations of all executions. 0 to 100 years.</summary>
    [Id(3)]
    public TimeSpan? ComputeTime { get; init; }

    /// <summary>Bytes of session data. 0 to 2⁴⁰.</summary>
    [Id(4)]
    public long? DataBytes { get; init; }

    /// <summary>Child sessions that are open at one moment. 0 to 10⁶.</summary>
    [Id(5)]
    public long? Children { get; init; }

    /// <summary>Dimension by dimension: this, or where this is open, <paramref name="other"/>.</summary>
    internal SessionQuotas Or(SessionQuotas other) => new()
    {
        Executions = Executions ?? other.Executions,
        Concurrent = Concurrent ?? other.Concurrent,
        PerSecond = PerSecond ?? other.PerSecond,
        ComputeTime = ComputeTime ?? other.ComputeTime,
        DataBytes = DataBytes ?? other.DataBytes,
        Children = Children ?? other.Children,
    };

    /// <summary>Dimension by dimension: what is left of the limit when <paramref name="moved"/> is taken from it, and never less than nothing.</summary>
    internal SessionQuotas Less(SessionQuotas moved) => new()
    {
        Executions = Less(Executions, moved.Executions),
        Concurrent = Less(Concurrent, moved.Concurrent),
        PerSecond = Less(PerSecond, moved.PerSecond),
        ComputeTime = ComputeTime is { } time && moved.ComputeTime is { } taken ? (time > taken ? time - taken : TimeSpan.Zero) : ComputeTime,
        DataBytes = Less(DataBytes, moved.DataBytes),
        Children = Less(Children, moved.Children),
    };

    private static long? Less(long? limit, long? moved) => limit is { } of && moved is { } taken ? Math.Max(0, of - taken) : limit;

    /// <summary>Dimension by dimension: the lower limit of this and <paramref name="other"/>.</summary>
    internal SessionQuotas Lower(SessionQuotas other) => new()
    {
        Executions = SessionCeiling.Lower(Executions, other.Executions),
        Concurrent = SessionCeiling.Lower(Concurrent, other.Concurrent),
        PerSecond = SessionCeiling.Lower(PerSecond, other.PerSecond),
        ComputeTime = SessionCeiling.Lower(ComputeTime, other.ComputeTime),
        DataBytes = SessionCeiling.Lower(DataBytes, other.DataBytes),
        Children = SessionCeiling.Lower(Children, other.Children),
    };
}

namespace Sessions.Cli.Replay;

/// <summary>How many sessions came how far; null where the one who counts cannot tell.</summary>
internal sealed record SessionCounts(
    long Requested, long? Created, long? Activated, long Closed, long Failed, long Cancelled, long LeftLive)
{
    /// <summary>What the replay was told.</summary>
    public static SessionCounts Of(ReplayProgress progress) => new(
        progress.Requested,
        progress.Created,
        progress.Activated,
        progress.Closed,
        progress.Failed,
        Cancelled: 0,
        LeftLive: progress.Requested - progress.Closed - progress.Failed);

    /// <summary>
    /// What the store has more of than before. It counts states, so it cannot tell who was ever active, nor whether what failed
    /// had been created.
    /// </summary>
    public static SessionCounts Between(
        IReadOnlyDictionary<SessionStatus, long> before, IReadOnlyDictionary<SessionStatus, long> after)
    {
        long More(SessionStatus status) => after.GetValueOrDefault(status) - before.GetValueOrDefault(status);
        var all = Enum.GetValues<SessionStatus>().Sum(More);
        var (closed, failed, cancelled) = (More(SessionStatus.Closed), More(SessionStatus.Failed), More(SessionStatus.Cancelled));
        return new(
            Requested: all,
            Created: failed == 0 ? all - More(SessionStatus.Requested) - More(SessionStatus.Creating) - cancelled : null,
            Activated: null,
            closed,
            failed,
            cancelled,
            LeftLive: all - closed - failed - cancelled);
    }

    /// <summary>Whether both agree in everything that both can tell.</summary>
    public bool Agrees(SessionCounts other) =>
        this with { Created = null, Activated = null } == other with { Created = null, Activated = null }
        && AgreesWherePresent(Created, other.Created)
        && AgreesWherePresent(Activated, other.Activated);

    private static bool AgreesWherePresent(long? mine, long? theirs) => mine is null || theirs is null || mine == theirs;
}

/// <summary>What a replay did, and what the store says about it.</summary>
internal sealed record ReplaySummary
{
    private const string ExecuteName = "execute";

    public required string Format { get; init; }

    public required SessionNamespace Namespace { get; init; }

    public required long RowsRead { get; init; }

    public required long RowsSkipped { get; init; }

    public required IReadOnlyList<string> SkippedSamples { get; init; }

    /// <summary>Without those that nest in them.</summary>
    public required long ExecutionsInTrace { get; init; }

    /// <summary>The sum of the durations in the trace, which a replay in logical time does not take.</summary>
    public required TimeSpan ComputeTimeInTrace { get; init; }

    /// <summary>What the replay saw of its executions, those that nest included.</summary>
    public required ExecutionCounts Executions { get; init; }

    /// <summary>What the sessions said at their close that they had used.</summary>
    public required ExecutionCounts Usage { get; init; }

    /// <summary>The compute time that they said.</summary>
    public required TimeSpan ComputeTime { get; init; }

    /// <summary>How many of the executions ran inside another.</summary>
    public required long ExecutionsNested { get; init; }

    /// <summary>Executions that were not admitted, by code and dimension: <c>quotaExceeded.perSecond</c>.</summary>
    public required IReadOnlyDictionary<string, long> ExecutionsRefused { get; init; }

    public required long SessionsPlanned { get; init; }

    public required SessionCounts Sessions { get; init; }

    public required SessionCounts Store { get; init; }

    public required long GivenUp { get; init; }

    public required int Callers { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required IReadOnlyDictionary<string, LatencySummary> Latency { get; init; }

    public required long Repeats { get; init; }

    public required long UnknownOutcomes { get; init; }

    public required IReadOnlyDictionary<string, long> Refusals { get; init; }

    public required IReadOnlyList<string> RefusalSamples { get; init; }

    public double CommandsPerSecond => Rate(Latency.Where(call => call.Key != ExecuteName).Sum(call => (long)call.Value.Count));

    public double ExecutionsPerSecond => Rate(Executions.Admitted);

    public double SessionsPerSecond => Rate(Sessions.Closed);

    /// <summary>Whether replay and store agree, and replay and sessions.</summary>
    public bool Agree => Sessions.Agrees(Store) && Executions == Usage;

    /// <summary>Whether every session came to its end.</summary>
    public bool Complete => Sessions.Closed == SessionsPlanned && Sessions.Activated == SessionsPlanned;

    private double Rate(long count) => Elapsed > TimeSpan.Zero ? Math.Round(count / Elapsed.TotalSeconds, 1) : 0;
}

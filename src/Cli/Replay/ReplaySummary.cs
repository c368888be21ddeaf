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
    public required string Format { get; init; }

    public required SessionNamespace Namespace { get; init; }

    public required long RowsRead { get; init; }

    public required long RowsSkipped { get; init; }

    public required IReadOnlyList<string> SkippedSamples { get; init; }

    /// <summary>Counted only: a replay drives sessions, and runs nothing in them yet.</summary>
    public required long ExecutionsInTrace { get; init; }

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

    public double CommandsPerSecond => Rate(Latency.Values.Sum(latency => (long)latency.Count));

    public double SessionsPerSecond => Rate(Sessions.Closed);

    /// <summary>Whether replay and store agree.</summary>
    public bool Agree => Sessions.Agrees(Store);

    /// <summary>Whether every session came to its end.</summary>
    public bool Complete => Sessions.Closed == SessionsPlanned && Sessions.Activated == SessionsPlanned;

    private double Rate(long count) => Elapsed > TimeSpan.Zero ? Math.Round(count / Elapsed.TotalSeconds, 1) : 0;
}

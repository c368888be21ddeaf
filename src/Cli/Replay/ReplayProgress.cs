namespace Sessions.Cli.Replay;

/// <summary>How far a replay is; written by all callers, read while they run.</summary>
internal sealed class ReplayProgress
{
    private long requested;
    private long created;
    private long activated;
    private long closed;
    private long failed;
    private long givenUp;

    public long Requested => Interlocked.Read(ref requested);

    public long Created => Interlocked.Read(ref created);

    public long Activated => Interlocked.Read(ref activated);

    public long Closed => Interlocked.Read(ref closed);

    /// <summary>Sessions whose provisioner failed.</summary>
    public long Failed => Interlocked.Read(ref failed);

    /// <summary>Sessions that were not driven on because a call was refused or had no answer.</summary>
    public long GivenUp => Interlocked.Read(ref givenUp);

    public ExecutionProgress Executions { get; } = new();

    public void OnDone(ReplayCall call)
    {
        switch (call)
        {
            case ReplayCall.Request:
                Interlocked.Increment(ref requested);
                break;
            case ReplayCall.Create:
                Interlocked.Increment(ref created);
                break;
            case ReplayCall.Activate:
                Interlocked.Increment(ref activated);
                break;
            case ReplayCall.Close:
                Interlocked.Increment(ref closed);
                break;
        }
    }

    public void OnFailed() => Interlocked.Increment(ref failed);

    public void OnGivenUp() => Interlocked.Increment(ref givenUp);
}

/// <summary>What became of a replay's executions.</summary>
internal sealed class ExecutionProgress
{
    private long admitted;
    private long nested;
    private long succeeded;
    private long failed;
    private long cancelled;
    private long unsettled;

    /// <summary>All that were admitted, those that nest included.</summary>
    public long Admitted => Interlocked.Read(ref admitted);

    /// <summary>Those of them that ran inside another.</summary>
    public long Nested => Interlocked.Read(ref nested);

    public ExecutionCounts Counts => new(
        Admitted, Interlocked.Read(ref succeeded), Interlocked.Read(ref failed), Interlocked.Read(ref cancelled), Interlocked.Read(ref unsettled));

    public void OnAdmitted() => Interlocked.Increment(ref admitted);

    public void OnNested() => Interlocked.Increment(ref nested);

    public void OnSucceeded() => Interlocked.Increment(ref succeeded);

    public void OnFailed() => Interlocked.Increment(ref failed);

    public void OnCancelled() => Interlocked.Increment(ref cancelled);

    /// <summary>Nobody has said how it ended, or nobody was believed.</summary>
    public void OnUnsettled() => Interlocked.Increment(ref unsettled);
}

namespace Sessions;

/// <summary>What happened to a session.</summary>
[GenerateSerializer, Alias("sessions.SessionEventType")]
public enum SessionEventType : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>It was reserved.</summary>
    SessionRequested = 1,

    /// <summary>Its reservation ended without a creation.</summary>
    SessionCancelled = 2,

    /// <summary>It was created.</summary>
    SessionCreated = 3,

    /// <summary>Executions may run.</summary>
    SessionActivated = 4,

    /// <summary>It could not be created or activated.</summary>
    SessionFailed = 5,

    /// <summary>Executions may not run for now.</summary>
    SessionPaused = 6,

    /// <summary>Executions may run again.</summary>
    SessionResumed = 7,

    /// <summary>Its end was moved.</summary>
    SessionRenewed = 8,

    /// <summary>Its time was up, and it is closing.</summary>
    SessionExpired = 9,

    /// <summary>Somebody closes it.</summary>
    SessionClosing = 10,

    /// <summary>It ended.</summary>
    SessionClosed = 11,

    /// <summary>What it may do or use was changed.</summary>
    SessionAdjusted = 12,

    /// <summary>It opened a child; <see cref="SessionEvent.Peer"/> says which.</summary>
    ChildOpened = 13,

    /// <summary>A child of it has ended, and what the child left came back; <see cref="SessionEvent.Peer"/> says which.</summary>
    ChildEnded = 14,

    /// <summary>It reached for another session's data, and was let; logged for the first time per other session and operation in an hour.</summary>
    DataReached = 15,

    /// <summary>Another session was let at its data; logged for the first time per other session and operation in an hour.</summary>
    DataShared = 16,

    /// <summary>A change of policy reached it and changed what it may do or use; <see cref="SessionEvent.PolicyRevision"/> says which.</summary>
    PolicyApplied = 17,

    /// <summary>Its time is nearly up; <see cref="SessionEvent.ExpiresAt"/> says when. Once for every end that it is given.</summary>
    SessionExpiring = 18,
}

/// <summary>One entry of a session's log: dense by <see cref="Sequence"/> from 1, committed with the change it reports.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionEvent")]
public sealed record SessionEvent
{
    /// <summary>Which session.</summary>
    [Id(0)]
    public SessionId SessionId { get; init; }

    /// <summary>Counts this session's events from 1, without gaps.</summary>
    [Id(1)]
    public long Sequence { get; init; }

    /// <summary>What happened.</summary>
    [Id(2)]
    public SessionEventType Type { get; init; }

    /// <summary>Where the session lives.</summary>
    [Id(3)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>Binds the session to its creator.</summary>
    [Id(4)]
    public SessionAddress Address { get; init; }

    /// <summary>When.</summary>
    [Id(5)]
    public DateTimeOffset At { get; init; }

    /// <summary>The session's version after the change.</summary>
    [Id(6)]
    public long Version { get; init; }

    /// <summary>Who did it, and why.</summary>
    [Id(7)]
    public SessionCause Cause { get; init; } = new(Principal.System, null, null);

    /// <summary>The state after the event.</summary>
    [Id(8)]
    public SessionStatus Status { get; init; }

    /// <summary>When the session's duration is over, as far as known then.</summary>
    [Id(9)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Why it ended or is ending, on events that say so.</summary>
    [Id(10)]
    public EndReason? EndReason { get; init; }

    /// <summary>What went wrong, on SessionFailed, and on SessionClosed after a teardown that did not finish.</summary>
    [Id(11)]
    public string? Failure { get; init; }

    /// <summary>The final usage, on SessionClosed.</summary>
    [Id(12)]
    public SessionUsage? Usage { get; init; }

    /// <summary>The other session, on events that are about two.</summary>
    [Id(13)]
    public SessionId? Peer { get; init; }

    /// <summary>What was done with data, on DataReached and DataShared.</summary>
    [Id(14)]
    public DataOperations? Operations { get; init; }

    /// <summary>The revision of the namespace's policies that was applied, on PolicyApplied.</summary>
    [Id(15)]
    public long? PolicyRevision { get; init; }
}

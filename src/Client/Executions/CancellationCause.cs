namespace Sessions.Client;

/// <summary>Why an execution's token was cancelled.</summary>
public enum CancellationCause
{
    /// <summary>It was not.</summary>
    None = 0,

    /// <summary>The caller's own token.</summary>
    Caller = 1,

    /// <summary>The session's time is up.</summary>
    Expired = 2,

    /// <summary>The session was paused or closed.</summary>
    Stopped = 3,

    /// <summary>The session's compute time is used up.</summary>
    ComputeTime = 4,

    /// <summary>The session could not be reached in time, so that nobody knows whether it still lets the execution run.</summary>
    LeaseLost = 5,
}

internal static class CancellationCauses
{
    /// <summary>The refusal that a cancellation surfaces as, where the session itself said nothing.</summary>
    public static SessionError Explain(CancellationCause cause, SessionId id, LeaseTerms? terms) => cause switch
    {
        CancellationCause.Expired => new SessionError
        {
            Code = SessionErrorCode.SessionExpired,
            SessionId = id,
            ExpiredAt = terms?.ExpiresAt,
            ActualVersion = terms?.Version,
            Message = "The execution was cancelled because the session's time is up.",
        },
        CancellationCause.Stopped => new SessionError
        {
            Code = SessionErrorCode.SessionNotActive,
            SessionId = id,
            Message = "The execution was cancelled because the session was stopped.",
        },
        CancellationCause.ComputeTime => new SessionError
        {
            Code = SessionErrorCode.QuotaExceeded,
            SessionId = id,
            Dimension = "computeTime",
            Limit = terms?.Quotas.ComputeTime is { } limit ? (long)limit.TotalMilliseconds : null,
            Used = terms?.Quotas.ComputeTime is { } used ? (long)used.TotalMilliseconds : null,
            Message = "The execution was cancelled because the session's compute time is used up.",
        },
        _ => new SessionError
        {
            Code = SessionErrorCode.Unavailable,
            SessionId = id,
            Message = "The execution was cancelled because the session could not be reached before the lease ran out.",
        },
    };

    /// <summary>What a refusal in the middle of an execution cancels it for.</summary>
    public static CancellationCause Of(SessionError? refusal) => refusal?.Code switch
    {
        SessionErrorCode.SessionExpired => CancellationCause.Expired,
        SessionErrorCode.SessionNotActive or SessionErrorCode.SessionNotFound => CancellationCause.Stopped,
        SessionErrorCode.QuotaExceeded => CancellationCause.ComputeTime,
        _ => CancellationCause.LeaseLost,
    };
}

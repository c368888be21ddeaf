using System.Collections.Immutable;
using Sessions.Core.Children;
using Sessions.Core.Data;

namespace Sessions.Core;

/// <summary>The refusals of the rules, each worded once.</summary>
internal static class Refusals
{
    private const string LiveSessions = "liveSessions";

    public static SessionError NotFound(SessionId id, SessionVerb? verb = null) => AdmissionRefusals.NotFound(id) with { Verb = verb };

    public static SessionError InvalidTransition(SessionRecord record, SessionVerb verb)
    {
        var legal = Lifecycle.LegalIn(record.Status);
        var why = record.EndReason is { } reason ? $" ({reason})" : "";
        var now = legal.IsEmpty ? "nothing" : string.Join(", ", legal);
        return new()
        {
            Code = SessionErrorCode.InvalidTransition,
            SessionId = record.Id,
            Status = record.Status,
            Verb = verb,
            Legal = legal,
            ActualVersion = record.Version,
            Message = $"{verb} is not legal while the session is {record.Status}{why}; legal now: {now}.",
        };
    }

    public static SessionError Expired(SessionRecord record, SessionVerb verb, EndReason reason) => new()
    {
        Code = SessionErrorCode.SessionExpired,
        SessionId = record.Id,
        Status = record.Status,
        Verb = verb,
        ActualVersion = record.Version,
        ExpiredAt = reason == EndReason.Idle ? SessionClock.IdleAt(record) : record.ExpiresAt,
        Message = $"{verb} is refused because the session's time is up ({reason}); renew it, or close it.",
    };

    /// <summary>That a session has not enough left to move to a child.</summary>
    public static SessionError TooMuchMoved(SessionRecord record, string dimension, long limit, long left, long moved) => new()
    {
        Code = SessionErrorCode.QuotaExceeded,
        SessionId = record.Id,
        Status = record.Status,
        Verb = SessionVerb.OpenChild,
        ActualVersion = record.Version,
        Dimension = dimension,
        Limit = limit,
        Used = limit - left,
        Message = $"The child asks for {moved} of the session's quota of {dimension}, of which {left} of {limit} are left.",
    };

    public static SessionError TooDeep(SessionRecord record, int depth) => new()
    {
        Code = SessionErrorCode.QuotaExceeded,
        SessionId = record.Id,
        Status = record.Status,
        Verb = SessionVerb.OpenChild,
        ActualVersion = record.Version,
        Dimension = "depth",
        Limit = ChildRules.MaxDepth,
        Used = depth,
        Message = $"The child would be {depth} sessions below the first, and no more than {ChildRules.MaxDepth} may be.",
    };

    public static SessionError ChildIdReused(SessionId id, SessionId child) => new()
    {
        Code = SessionErrorCode.CommandConflict,
        SessionId = id,
        Verb = SessionVerb.OpenChild,
        Message = $"The session id {child} stands for another session; choose another id for the child.",
    };

    public static SessionError CommandReused(SessionId id, SessionVerb verb, RecordedAnswer recorded) => new()
    {
        Code = SessionErrorCode.CommandConflict,
        SessionId = id,
        Verb = verb,
        ActualVersion = recorded.Version,
        Message = $"The command id {recorded.CommandId} was used for another {recorded.Verb}; give every command an id of its own.",
    };

    public static SessionError CommandTooOld(SessionRecord record, SessionVerb verb, CommandId command) => new()
    {
        Code = SessionErrorCode.CommandTooOld,
        SessionId = record.Id,
        Status = record.Status,
        Verb = verb,
        ActualVersion = record.Version,
        Message = $"{verb} {command} was issued at {command.IssuedAt:u}. Whether it was done is not known any more: the session has forgotten "
            + $"answers to commands that were issued up to {record.History?.Forgotten:u}. It is not done now. Read the session, which is at version "
            + $"{record.Version}, and send a new command if it is still needed. If the command is new, set the clock of the caller.",
    };

    public static SessionError SessionIdReused(SessionRecord record, SessionVerb verb) => new()
    {
        Code = SessionErrorCode.CommandConflict,
        SessionId = record.Id,
        Verb = verb,
        ActualVersion = record.Version,
        Message = $"The session id {record.Id} stands for a session made from another specification; choose another id.",
    };

    public static SessionError VersionConflict(SessionId id, SessionVerb verb, long expected, long actual) => new()
    {
        Code = SessionErrorCode.VersionConflict,
        SessionId = id,
        Verb = verb,
        ExpectedVersion = expected,
        ActualVersion = actual,
        Message = $"{verb} expects version {expected}, but the session is at {actual}; read it and decide again.",
    };

    public static SessionError TemplateNotFound(SessionId? id, TemplateReference template) => new()
    {
        Code = SessionErrorCode.TemplateNotFound,
        SessionId = id,
        Message = $"There is no template {template}.",
    };

    /// <summary>That it was not done and nothing was changed, for a reason that may pass.</summary>
    public static SessionError Unavailable(SessionId? id, string message, TimeSpan retryAfter) =>
        OutcomeUnknown(id, message, retryAfter) with { NothingChanged = true };

    /// <summary>That nobody knows whether it was done.</summary>
    public static SessionError OutcomeUnknown(SessionId? id, string message, TimeSpan retryAfter, string? reference = null) => new()
    {
        Code = SessionErrorCode.Unavailable,
        SessionId = id,
        Message = message,
        RetryAfter = retryAfter,
        Reference = reference,
    };

    /// <summary>Why a put or delete was not done.</summary>
    public static SessionError NotWritten(SessionId id, DataRequest request, DataChange change)
    {
        var refusal = change.Outcome switch
        {
            DataOutcome.NotOpen => new SessionError
            {
                Code = SessionErrorCode.SessionNotActive,
                Message = $"The session's data cannot be changed while the session is {change.Status}.",
            },
            DataOutcome.Conflict => new SessionError
            {
                Code = SessionErrorCode.VersionConflict,
                ExpectedVersion = request.ExpectedVersion,
                ActualVersion = change.Version,
                Message = $"'{request.Key}' is expected at version {request.ExpectedVersion}, but is at {change.Version}; read it and decide again.",
            },
            DataOutcome.Full => new SessionError
            {
                Code = SessionErrorCode.QuotaExceeded,
                Dimension = "dataBytes",
                Limit = change.Limit,
                Used = change.Bytes,
                Message = $"'{request.Key}' with {request.Value.Length} bytes goes beyond the session's quota of dataBytes: "
                    + $"{change.Bytes} of {change.Limit} are used.",
            },
            DataOutcome.Reused => new SessionError
            {
                Code = SessionErrorCode.CommandConflict,
                ActualVersion = change.DataVersion,
                Message = $"The command id {request.CommandId} was used for another write of data; give every write an id of its own.",
            },
            DataOutcome.TooOld => new SessionError
            {
                Code = SessionErrorCode.CommandTooOld,
                ActualVersion = change.DataVersion,
                Message = $"{request.Verb} {request.CommandId} of '{request.Key}' was issued at {request.CommandId.IssuedAt:u}. Whether it was done is "
                    + "not known any more: the session has forgotten answers to writes of that time. It is not done now. Read the value, and "
                    + "write again under a new command id if it is still needed. If the write is new, set the clock of the caller.",
            },
            _ => NotFound(id),
        };
        return refusal with { SessionId = id, Status = change.Status == SessionStatus.Invalid ? null : change.Status };
    }

    /// <summary>That a command that sets something has the id of another one.</summary>
    public static SessionError SettingReused(string what, CommandId? command, long version) => new()
    {
        Code = SessionErrorCode.CommandConflict,
        ActualVersion = version,
        Message = $"The command id {command} was used for another change of the {what}; give every command an id of its own.",
    };

    /// <summary>That a command that sets something may be a repetition of one that is forgotten.</summary>
    public static SessionError SettingTooOld(string what, CommandId? command, DateTimeOffset? forgotten, long version) => new()
    {
        Code = SessionErrorCode.CommandTooOld,
        ActualVersion = version,
        Message = $"Set {command} was issued at {command?.IssuedAt:u}. Whether it was done is not known any more: the {what} has forgotten answers "
            + $"to commands that were issued up to {forgotten:u}. It is not done now. Read the {what}, which is at version {version}, and send a "
            + "new command if it is still needed. If the command is new, set the clock of the caller.",
    };

    public static SessionError PolicyVersionConflict(SessionNamespace @namespace, long expected, long actual) => new()
    {
        Code = SessionErrorCode.VersionConflict,
        ExpectedVersion = expected,
        ActualVersion = actual,
        Message = $"The policy of {@namespace} is at version {actual}, not {expected}; read it and decide again.",
    };

    public static SessionError TooManyLive(SessionRecord record, LiveCount full, TimeSpan retryAfter) =>
        TooManyLive(record.Id, full, retryAfter) with { Status = record.Status, ActualVersion = record.Version };

    /// <param name="session">Who would be one too many.</param>
    /// <param name="full">What there is no room in.</param>
    /// <param name="retryAfter">When to try again.</param>
    /// <param name="waiting">How many wait for a place, and come first.</param>
    public static SessionError TooManyLive(SessionId session, LiveCount full, TimeSpan retryAfter, long waiting = 0) =>
        NoRoom(session, full, waiting, retryAfter, rule => $"No session more may be live now ({rule}); close one, or try again later.");

    /// <summary>That whoever waited has waited long enough.</summary>
    public static SessionError NoPlaceInTime(SessionId session, LiveCount full, TimeSpan waited, TimeSpan retryAfter) =>
        NoRoom(session, full, 0, retryAfter, rule => $"No place has come free in {TimeWords.Of(waited)} ({rule}); close a session, or try again later.");

    /// <summary>That as many wait as may.</summary>
    public static SessionError TooManyWaiting(SessionId session, SessionNamespace @namespace, long waiting, long maximum, TimeSpan retryAfter)
    {
        var rule = $"sessions that wait for {@namespace}: {waiting} of {maximum}";
        return new()
        {
            Code = SessionErrorCode.PolicyViolation,
            SessionId = session,
            Namespace = @namespace,
            Rule = rule,
            Dimension = "waiting",
            Limit = maximum,
            Used = waiting,
            RetryAfter = retryAfter,
            Message = $"No session more may wait now ({rule}); try again later.",
        };
    }

    /// <summary>That another command has the session's place in the line.</summary>
    public static SessionError PlaceTakenOver(SessionId session) => new()
    {
        Code = SessionErrorCode.CommandConflict,
        SessionId = session,
        Verb = SessionVerb.Activate,
        Message = "Another command to activate the session has entered the line, and has its place there now.",
    };

    /// <summary>Whether a refusal says that one of the namespace's maxima leaves no room.</summary>
    public static bool IsNoRoomIn(SessionNamespace @namespace, SessionError refusal) =>
        refusal is { Code: SessionErrorCode.PolicyViolation, Dimension: LiveSessions } && refusal.Namespace == @namespace;

    private static SessionError NoRoom(SessionId session, LiveCount full, long waiting, TimeSpan retryAfter, Func<string, string> message)
    {
        var rule = $"live sessions of {full.Namespace}: {full.Live} of {full.Maximum}{(waiting > 0 ? $", and {waiting} wait" : "")}";
        return new()
        {
            Code = SessionErrorCode.PolicyViolation,
            SessionId = session,
            Namespace = full.Namespace,
            Rule = rule,
            Dimension = LiveSessions,
            Limit = full.Maximum,
            Used = full.Live,
            RetryAfter = retryAfter,
            Message = message(rule),
        };
    }

    public static SessionError LeaseNotFound(SessionId id, LeaseId lease) => new()
    {
        Code = SessionErrorCode.LeaseNotFound,
        SessionId = id,
        Message = $"The session has no lease {lease} of this holder; begin a new one.",
    };

    public static SessionError Moved(SessionId id) => Unavailable(
        id, "The session has moved to another node, which does not know yet what was admitted before; ask again.", TimeSpan.Zero);

    public static SessionError ExecutionNotFound(SessionId id, ExecutionId execution) => new()
    {
        Code = SessionErrorCode.ExecutionNotFound,
        SessionId = id,
        Message = $"No execution {execution} of this holder runs; it may be settled or abandoned already.",
    };

    public static SessionError ExecutionReused(SessionId id, ExecutionId execution) => new()
    {
        Code = SessionErrorCode.CommandConflict,
        SessionId = id,
        Message = $"The execution id {execution} was used for another execution; give every execution an id of its own.",
    };

    public static SessionError OperationNotFound(OperationId id) => new()
    {
        Code = SessionErrorCode.OperationNotFound,
        Message = $"There is no operation {id}; operations are forgotten a week after their end.",
    };

    public static SessionError OperationReused(OperationId id, SessionVerb verb) => new()
    {
        Code = SessionErrorCode.CommandConflict,
        Verb = verb,
        Message = $"The id {id} stands for an operation that was asked for in other words; choose another id.",
    };
}

namespace Sessions;

/// <summary>The refusals of accesses to data, each worded once.</summary>
internal static class DataRefusals
{
    public static SessionError OfCaller(DataAccessStep step, in DataCallerFacts caller, SessionPermissions needed)
    {
        if (caller.Status == SessionStatus.Invalid)
        {
            return AdmissionRefusals.NotFound(caller.SessionId);
        }

        var refusal = step switch
        {
            DataAccessStep.Status => new SessionError
            {
                Code = SessionErrorCode.SessionNotActive,
                Message = $"The session cannot reach for others' data while it is {caller.Status}; it has to be {SessionStatus.Active}.",
            },
            DataAccessStep.Expiry => new SessionError
            {
                Code = SessionErrorCode.SessionExpired,
                ExpiredAt = caller.ExpiredAt,
                Message = "The session cannot reach for others' data any more because its time is up.",
            },
            DataAccessStep.Permission => new SessionError
            {
                Code = SessionErrorCode.PermissionDenied,
                Rule = needed.ToString(),
                Message = $"The session does not permit {needed}.",
            },
            _ => new SessionError
            {
                Code = SessionErrorCode.PolicyViolation,
                Rule = $"the namespace does not permit {needed}",
                Message = $"The session permits {needed}, but its namespace does not.",
            },
        };
        return refusal with { SessionId = caller.SessionId, Status = caller.Status };
    }

    public static SessionError ByOwner(SessionId owner, string rule) => new()
    {
        Code = SessionErrorCode.PermissionDenied,
        SessionId = owner,
        Rule = rule,
        Message = $"The rules of session {owner} do not let this session at its data: {rule}.",
    };

    public static SessionError ByPolicy(SessionId owner, string rule) => new()
    {
        Code = SessionErrorCode.PolicyViolation,
        SessionId = owner,
        Rule = rule,
        Message = $"The policies of the namespace of session {owner} do not let this session at its data: {rule}.",
    };

    public static SessionError PoliciesUnknown(SessionId owner) => new()
    {
        Code = SessionErrorCode.Unavailable,
        NothingChanged = true,
        SessionId = owner,
        RetryAfter = TimeSpan.FromMilliseconds(500),
        Message = "What the policies of the namespace say is not known now; try again.",
    };

    /// <summary>Of a session that does not exist, and of one that the caller is not to know of.</summary>
    public static SessionError OutOfReach(SessionId owner) => new()
    {
        Code = SessionErrorCode.SessionNotFound,
        SessionId = owner,
        Message = $"There is no session {owner} whose data this session may reach.",
    };
}

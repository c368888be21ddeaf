namespace Sessions;

/// <summary>The refusals of admissions, each worded once.</summary>
internal static class AdmissionRefusals
{
    public static SessionError NotFound(SessionId id) => new()
    {
        Code = SessionErrorCode.SessionNotFound,
        SessionId = id,
        Message = $"There is no session {id}.",
    };

    /// <summary>What to say where <paramref name="step"/> refused.</summary>
    public static SessionError Of(AdmissionStep step, in AdmissionFacts facts, in AdmissionRequest request)
    {
        if (facts.Status == SessionStatus.Invalid)
        {
            return NotFound(facts.SessionId);
        }

        var (left, limits) = (facts.Left, facts.Quotas ?? SessionQuotas.Unlimited);
        var refusal = step switch
        {
            AdmissionStep.Status => NotActive(facts.Status),
            AdmissionStep.Expiry => Expired(facts.ExpiredAt),
            AdmissionStep.Permission => NotPermitted(AdmissionRules.Missing(facts.Permissions, AdmissionRules.Needed(request))),
            AdmissionStep.Function => NotAmongPatterns(request.Function),
            AdmissionStep.Depth => TooDeep(request.Depth),
            AdmissionStep.Executions => UsedUp("executions", limits.Executions, left.Executions, null),
            AdmissionStep.Concurrent => UsedUp("concurrent", limits.Concurrent, left.Concurrent, facts.RetryAfter),
            AdmissionStep.PerSecond => UsedUp("perSecond", limits.PerSecond, left.PerSecond, facts.RetryAfter),
            AdmissionStep.ComputeTime => UsedUp("computeTime", Milliseconds(limits.ComputeTime), Milliseconds(left.ComputeTime), null, " ms"),
            AdmissionStep.Policy => AgainstPolicy(AdmissionRules.Missing(facts.PolicyPermissions, AdmissionRules.Needed(request))),
            _ => throw new ArgumentOutOfRangeException(nameof(step), step, "No admission is judged by this."),
        };
        return refusal with { SessionId = facts.SessionId, Status = facts.Status, ActualVersion = facts.Version };
    }

    private static SessionError NotActive(SessionStatus status) => new()
    {
        Code = SessionErrorCode.SessionNotActive,
        Message = $"Nothing runs while the session is {status}; it has to be {SessionStatus.Active}.",
    };

    private static SessionError Expired(DateTimeOffset? at) => new()
    {
        Code = SessionErrorCode.SessionExpired,
        ExpiredAt = at,
        Message = "Nothing runs any more because the session's time is up; renew it, or close it.",
    };

    private static SessionError NotPermitted(SessionPermissions missing) => new()
    {
        Code = SessionErrorCode.PermissionDenied,
        Rule = missing.ToString(),
        Message = $"The session does not permit {missing}.",
    };

    private static SessionError NotAmongPatterns(FunctionName function) => new()
    {
        Code = SessionErrorCode.PermissionDenied,
        Rule = $"function '{function}' matches none of the patterns",
        Message = $"The session does not permit the function '{function}', which matches none of its patterns.",
    };

    private static SessionError TooDeep(int depth) => new()
    {
        Code = SessionErrorCode.QuotaExceeded,
        Dimension = "depth",
        Limit = AdmissionRules.MaxDepth,
        Used = depth,
        Message = $"The execution would nest in {depth} others, more than {AdmissionRules.MaxDepth}.",
    };

    private static SessionError UsedUp(string dimension, long? limit, long? left, TimeSpan? retryAfter, string unit = "")
    {
        // A limit that was lowered below what was used already leaves less than nothing, and the sum stays true.
        var used = limit - left;
        var sum = used is null ? "" : $": {used} of {limit}{unit}";
        var again = retryAfter is { } pause ? $"; try again in {TimeWords.Of(pause)}" : "";
        return new()
        {
            Code = SessionErrorCode.QuotaExceeded,
            Dimension = dimension,
            Limit = limit,
            Used = used,
            RetryAfter = retryAfter,
            Message = $"The session's quota of {dimension} is used up{sum}{again}.",
        };
    }

    private static SessionError AgainstPolicy(SessionPermissions missing) => new()
    {
        Code = SessionErrorCode.PolicyViolation,
        Rule = $"the namespace does not permit {missing}",
        Message = $"The session permits {missing}, but its namespace does not.",
    };

    private static long? Milliseconds(TimeSpan? time) => time?.Ticks / TimeSpan.TicksPerMillisecond;
}

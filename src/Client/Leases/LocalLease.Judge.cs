namespace Sessions.Client;

internal sealed partial class LocalLease
{
    /// <summary>When to ask again for a place, which comes free when any execution ends.</summary>
    private static readonly TimeSpan RetrySoon = TimeSpan.FromMilliseconds(100);

    /// <summary>What is left to executions here: of the lease, and of what the session has not granted to anybody.</summary>
    public QuotaMargins Left
    {
        get
        {
            lock (sync)
            {
                return terms?.Terms is { } known ? MarginsUnder(known) : default;
            }
        }
    }

    /// <summary>
    /// Why an execution is not admitted that was asked for, by the terms as they were answered last; null if that is not known yet. That nothing
    /// is left here says nothing of what the session could still grant: only what it has looked for in vain is used up.
    /// </summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="shortage">What the session says that it has looked for in vain, since then.</param>
    public SessionError? Refuse(in AdmissionRequest request, SessionError? shortage)
    {
        lock (sync)
        {
            if (terms?.Terms is not { } known)
            {
                return null;
            }

            var now = clock.Milliseconds;
            var left = MarginsUnder(known);
            var facts = new AdmissionFacts
            {
                SessionId = gate.SessionId,
                Version = known.Version,
                Status = SessionStatus.Active,
                TimeLeft = TimeUntil(sessionEnd),
                ExpiredAt = known.ExpiresAt,
                Permissions = known.Permissions,
                PolicyPermissions = known.PolicyPermissions,
                FunctionPatterns = known.FunctionPatterns,
                Quotas = known.Quotas,
                Left = left,
            };
            var step = AdmissionRules.Judge(facts, request);

            // The session knows better than this holder what it has no more of, and which limit to name first. What is judged before quotas comes
            // first all the same.
            if (shortage is not null && IsLacking(shortage, left) && step is null or >= AdmissionStep.Executions)
            {
                return shortage;
            }

            if (step is AdmissionStep.Executions or AdmissionStep.Concurrent or AdmissionStep.ComputeTime)
            {
                return null;
            }

            var untilFree = step == AdmissionStep.PerSecond ? rate?.UntilFree(now) : null;
            return AdmissionRules.Decide(facts with { RetryAfter = untilFree < TimeSpan.MaxValue ? untilFree : RetrySoon }, request).Refusal;
        }
    }

    /// <summary>How long until a moment of the holder's clock; zero when it is past, null where there is none.</summary>
    public TimeSpan? TimeUntil(long? moment) =>
        moment is { } end ? TimeSpan.FromMilliseconds(Math.Max(0, end - clock.Milliseconds)) : null;

    /// <summary>Whether nothing is left here either of the quota that the session could not grant any more of. Compute time comes in milliseconds.</summary>
    private static bool IsLacking(SessionError shortage, in QuotaMargins left) => shortage.Dimension switch
    {
        "executions" => left.Executions <= 0,
        "computeTime" => left.ComputeTime < TimeSpan.FromMilliseconds(1),
        "concurrent" => left.Concurrent <= 0,
        "perSecond" => left.PerSecond <= 0,
        _ => false,
    };

    private QuotaMargins MarginsUnder(LeaseTerms known)
    {
        var seen = Word;
        var (limits, beside) = (known.Quotas, known.Left);
        return new QuotaMargins(
            limits.Executions is null ? null : seen.Executions + (beside.Executions ?? 0),
            limits.Concurrent is null ? null : seen.Places + (beside.Concurrent ?? 0),
            limits.PerSecond is null ? null : (rate?.Left(clock.Milliseconds) ?? 0) + (beside.PerSecond ?? 0),
            limits.ComputeTime is null ? null : computeGranted - TimeSpan.FromTicks(UsedTicks) + (beside.ComputeTime ?? TimeSpan.Zero));
    }
}

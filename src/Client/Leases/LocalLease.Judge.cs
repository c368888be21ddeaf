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

    /// <summary>Judges by the terms as they were answered last, and by what is left of them.</summary>
    public AdmissionDecision Decide(in AdmissionRequest request)
    {
        lock (sync)
        {
            if (terms?.Terms is not { } known)
            {
                return new AdmissionDecision { SessionId = gate.SessionId };
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
            var untilFree = step == AdmissionStep.PerSecond ? rate?.UntilFree(now) : null;
            var decision = AdmissionRules.Decide(facts with { RetryAfter = untilFree < TimeSpan.MaxValue ? untilFree : RetrySoon }, request);

            // Where the session has said itself what it has no more of, it knows better, and which limit to name first. What is judged
            // before quotas comes first all the same.
            return known.Shortage is { } shortage && Lacking(shortage, left) is { } lacking && step is null or >= AdmissionStep.Executions
                ? decision with { RefusedAt = lacking, Refusal = shortage }
                : decision;
        }
    }

    /// <summary>How long until a moment of the holder's clock; zero when it is past, null where there is none.</summary>
    public TimeSpan? TimeUntil(long? moment) =>
        moment is { } end ? TimeSpan.FromMilliseconds(Math.Max(0, end - clock.Milliseconds)) : null;

    /// <summary>The quota that the session could not grant any more of, if nothing of it is left here either. Compute time comes in milliseconds.</summary>
    private static AdmissionStep? Lacking(SessionError shortage, in QuotaMargins left) => shortage.Dimension switch
    {
        "executions" when left.Executions <= 0 => AdmissionStep.Executions,
        "computeTime" when left.ComputeTime < TimeSpan.FromMilliseconds(1) => AdmissionStep.ComputeTime,
        "concurrent" when left.Concurrent <= 0 => AdmissionStep.Concurrent,
        "perSecond" when left.PerSecond <= 0 => AdmissionStep.PerSecond,
        _ => null,
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

namespace Sessions.Client;

internal sealed partial class LocalLease
{
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
            var untilFree = left.PerSecond <= 0 ? rate?.UntilFree(now) : null;
            var decision = AdmissionRules.Decide(
                new AdmissionFacts
                {
                    SessionId = gate.SessionId,
                    Version = known.Version,
                    Status = SessionStatus.Active,
                    TimeLeft = TimeUntil(sessionEnd),
                    Permissions = known.Permissions,
                    PolicyPermissions = known.PolicyPermissions,
                    FunctionPatterns = known.FunctionPatterns,
                    Quotas = known.Quotas,
                    Left = left,
                    RetryAfter = untilFree < TimeSpan.MaxValue ? untilFree : known.Shortage?.RetryAfter,
                },
                request);

            // Where the session has said itself why it has no more of this, it knows better.
            return decision.Refusal?.Dimension is { } dimension && known.Shortage?.Dimension == dimension
                ? decision with { Refusal = known.Shortage }
                : decision;
        }
    }

    /// <summary>How long until a moment of the holder's clock; zero when it is past, null where there is none.</summary>
    public TimeSpan? TimeUntil(long? moment) =>
        moment is { } end ? TimeSpan.FromMilliseconds(Math.Max(0, end - clock.Milliseconds)) : null;

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

namespace Sessions.Client;

/// <summary>The terms of a lease as its holder keeps them. Never changes, so that who sees the same reference sees the same terms.</summary>
internal sealed class HeldTerms
{
    private readonly string?[] known = new string?[8];

    // The one learnt last, here and not in the table: most sessions run one function, and what lies beside the other terms is
    // in the processor's cache already.
    private string? newest;

    public HeldTerms(LocalLease lease, LeaseTerms terms, LeaseEra era, long admitUntil, long? sessionEnd, int askAheadAt)
    {
        (Lease, Terms, Era, AdmitUntil, SessionEnd, AskAheadAt) = (lease, terms, era, admitUntil, sessionEnd, askAheadAt);
        Permitted = terms.Permissions & terms.PolicyPermissions;
        IsMetered = terms.Granted.PerSecond is not null || terms.Granted.ComputeTime is not null;
        KeepsRecords = terms.ExecutionLogging || terms.PerformanceMonitoring;
    }

    public LocalLease Lease { get; }

    public LeaseTerms Terms { get; }

    /// <summary>Which cancellation reaches what is admitted under these terms.</summary>
    public LeaseEra Era { get; }

    /// <summary>From this moment on nothing is admitted.</summary>
    public long AdmitUntil { get; }

    /// <summary>When the session's time is up; null where its end is open.</summary>
    public long? SessionEnd { get; }

    /// <summary>At so many executions left it is time to ask for more.</summary>
    public int AskAheadAt { get; }

    public SessionPermissions Permitted { get; }

    /// <summary>Whether rate or compute time is limited, so that admission needs more than the word.</summary>
    public bool IsMetered { get; }

    /// <summary>Whether each end is logged or timed.</summary>
    public bool KeepsRecords { get; }

    /// <summary>Whether permissions, patterns and depth let this run. Says nothing about quotas.</summary>
    public bool Permit(FunctionName function, SessionPermissions needed, int depth) =>
        (Permitted & needed) == needed
        && depth <= AdmissionRules.MaxDepth
        && function.ToString() is var name
        && (ReferenceEquals(newest, name) || Knows(name, function));

    // Reading a name and matching patterns costs more than the rest of an admission; the same few names come again and again.
    // Races are harmless: an entry is written only after its name has passed.
    private bool Knows(string name, FunctionName function)
    {
        if (name.Length == 0)
        {
            return false;
        }

        ref var entry = ref known[((name.Length * 7) + name[^1]) & 7];
        return ReferenceEquals(entry, name) || Learn(ref entry, name, function);
    }

    private bool Learn(ref string? entry, string name, FunctionName function)
    {
        if (!function.IsValid || !FunctionPatterns.Match(Terms.FunctionPatterns, name))
        {
            return false;
        }

        Volatile.Write(ref entry, name);
        Volatile.Write(ref newest, name);
        return true;
    }
}

using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>A lease as its holder keeps it.</summary>
internal sealed class HeldLease
{
    public LeaseId Id { get; } = LeaseId.New();

    /// <summary>Of the last message; only the answer to that one counts.</summary>
    public long Sequence { get; set; }

    /// <summary>Whether a request is on its way.</summary>
    public bool IsAsking { get; set; }

    public LeaseTerms? Terms { get; set; }

    /// <summary>When the terms were asked for, by the holder's clock.</summary>
    public long AskedAt { get; set; }

    /// <summary>When the terms end.</summary>
    public long TermsEnd { get; set; }

    /// <summary>Of the newest activation that has granted.</summary>
    public long Epoch { get; set; }

    /// <summary>Until when executions that run keep their places; then they are cancelled.</summary>
    public long RunningEnd { get; set; }

    public LeaseBlocks Granted { get; set; }

    public RateWindow Window { get; } = new(0);

    public long Admitted { get; set; }

    public long Succeeded { get; set; }

    public long Failed { get; set; }

    public long Cancelled { get; set; }

    public long Abandoned { get; set; }

    /// <summary>Of those that ended.</summary>
    public TimeSpan ComputeTime { get; set; }

    public long FirstAt { get; set; }

    public long LastAt { get; set; }

    public List<RunningExecution> Running { get; } = [];

    public TimeSpan ComputeTimeAt(long clock) => ComputeTime + TimeSpan.FromTicks(Running.Sum(one => clock - one.StartedAt));

    /// <summary>When its compute time is used up, if nothing changes until then.</summary>
    public long ComputeTimeEndsAt(long clock)
    {
        if (Granted.ComputeTime is not { } granted || Running.Count == 0)
        {
            return long.MaxValue;
        }

        var left = (granted - ComputeTimeAt(clock)).Ticks;
        return clock + (long)Math.Floor((double)left / Running.Count);
    }
}

/// <summary>One execution that has not ended.</summary>
internal sealed class RunningExecution(Execution execution, long startedAt)
{
    public Execution Execution => execution;

    public long StartedAt => startedAt;

    public bool IsCancelled { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>Whether it ends soon after it was cancelled.</summary>
    public bool Heeds { get; init; }
}

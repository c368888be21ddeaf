using Sessions.Core.Admission;
using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>How the parts around the rules are built: soundly, or with one thing broken on purpose.</summary>
internal sealed record Build
{
    public static readonly Build Sound = new();

    /// <summary>Shorter than by default, so that many leases fit into a run.</summary>
    public AdmissionTimings Timings { get; init; } = new()
    {
        Lease = TimeSpan.FromMilliseconds(1000),
        Margin = TimeSpan.FromMilliseconds(100),
        Right = TimeSpan.FromMilliseconds(600),
        Start = TimeSpan.FromMilliseconds(300),
        Checkpoint = TimeSpan.FromMilliseconds(1500),
        RunGrace = TimeSpan.FromMilliseconds(4000),
    };

    /// <summary>How long a message takes at most that nothing happens to. A network is no fault, but some faults show only on a poor one.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>How likely a message is lost, where messages are.</summary>
    public double Loss { get; init; } = 0.03;

    /// <summary>The row loses what is debited beyond what is used.</summary>
    public bool ForgetsDebits { get; init; }

    /// <summary>An activation that took over does not wait for what the other may have granted.</summary>
    public bool DoesNotWaitAfterTakeover { get; init; }

    /// <summary>An activation grants whether or not it has looked at its row lately.</summary>
    public bool GrantsWithoutRight { get; init; }

    /// <summary>A holder takes the blocks of an answer that goes by an older report than its last.</summary>
    public bool HolderTakesOldBlocks { get; init; }

    /// <summary>A holder cancels what runs as soon as its lease is over.</summary>
    public bool HolderHasNoGrace { get; init; }

    /// <summary>A change is committed as soon as everything was called back.</summary>
    public bool DoesNotAwaitFence { get; init; }

    /// <summary>Granting goes on during a fence.</summary>
    public bool GrantsDuringFence { get; init; }

    /// <summary>Idle blocks stay where they are.</summary>
    public bool NeverRecallsIdle { get; init; }

    /// <summary>Whoever would be refused is content with answers that holders gave before it asked.</summary>
    public bool JoinsRoundUnderWay { get; init; }

    /// <summary>Reports are taken as if they had come earlier, so that a share of the rate has had its rest when it comes back.</summary>
    public TimeSpan ReportsAreOlderBy { get; init; }

    /// <summary>A holder answers a recall and goes on as before.</summary>
    public bool HolderIgnoresRecalls { get; init; }

    /// <summary>A holder counts its lease from the answer.</summary>
    public bool HolderCountsFromAnswer { get; init; }

    /// <summary>A holder never looks at its compute time.</summary>
    public bool HolderIgnoresComputeTime { get; init; }

    /// <summary>The caller of single executions starts them however late the answer comes.</summary>
    public bool CallerStartsLate { get; init; }
}

using Orleans;

namespace Sessions.Cluster.Tests;

/// <summary>A holder of leases that does exactly what a test tells it, and otherwise keeps the protocol as simply as can be.</summary>
internal sealed class TestHolder : ILeaseHolder
{
    private readonly Lock gate = new();
    private readonly ISessionGrain session;
    private readonly ILeaseHolder self;
    private long sequence;

    public TestHolder(IGrainFactory grains, ISessionGrain session)
    {
        this.session = session;
        self = grains.CreateObjectReference<ILeaseHolder>(this);
    }

    public HolderId Id { get; } = HolderId.New();

    public LeaseId Lease { get; set; } = LeaseId.New();

    /// <summary>What the newest terms grant; nothing once they were called back.</summary>
    public LeaseBlocks Granted { get; private set; }

    public long Admitted { get; private set; }

    public long Ended { get; private set; }

    /// <summary>The newest activation that has answered.</summary>
    public long Epoch { get; private set; }

    public List<RecallReason> Recalls { get; } = [];

    public List<SessionSnapshot> Snapshots { get; } = [];

    /// <summary>Where set, recalls are answered when it is done.</summary>
    public Task? Silence { get; set; }

    public async Task<LeaseReply> Ask(LeaseDemand demand)
    {
        LeaseRequest request;
        lock (gate)
        {
            request = new() { Report = Report(Granted), Demand = demand, Holder = self };
        }

        var reply = await session.Lease(request);
        lock (gate)
        {
            Epoch = Math.Max(Epoch, reply.Epoch);
            if (request.Report.Sequence == sequence && reply.Refusal is not { Code: SessionErrorCode.Unavailable })
            {
                Granted = reply.Terms?.Granted ?? Granted with { Executions = Admitted };
            }
        }

        return reply;
    }

    /// <summary>Admits what it may by its terms alone.</summary>
    public bool TryAdmit()
    {
        lock (gate)
        {
            if (Admitted >= Granted.Executions || Admitted - Ended >= (Granted.Concurrent ?? int.MaxValue))
            {
                return false;
            }

            Admitted++;
            return true;
        }
    }

    public void End()
    {
        lock (gate)
        {
            Ended++;
        }
    }

    public Task<SessionError?> GiveBack()
    {
        LeaseReport report;
        lock (gate)
        {
            Granted = new(Admitted, (int)(Admitted - Ended), 0, null);
            report = Report(Granted);
        }

        return session.Report(report).AsTask();
    }

    public Task<SessionError?> Send(LeaseReport report) => session.Report(report).AsTask();

    /// <summary>The next report, keeping <paramref name="kept"/>.</summary>
    public LeaseReport Report(LeaseBlocks kept) => new()
    {
        Lease = Lease,
        Holder = Id,
        Sequence = ++sequence,
        Admitted = Admitted,
        Running = (int)(Admitted - Ended),
        Succeeded = Ended,
        Kept = kept,
        Epoch = Epoch,
        SinceFirst = Admitted > 0 ? TimeSpan.Zero : null,
        SinceLast = Admitted > 0 ? TimeSpan.Zero : null,
    };

    public async ValueTask<LeaseReport?> Recall(LeaseRecall recall)
    {
        if (Silence is { } silence)
        {
            await silence;
        }

        lock (gate)
        {
            Recalls.Add(recall.Reason);
            Granted = new(Admitted, (int)(Admitted - Ended), 0, null);
            return Report(Granted);
        }
    }

    public ValueTask Changed(SessionSnapshot snapshot)
    {
        lock (gate)
        {
            Snapshots.Add(snapshot);
        }

        return ValueTask.CompletedTask;
    }
}

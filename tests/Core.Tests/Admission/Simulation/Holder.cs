using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>How a holder behaves.</summary>
internal enum Habit
{
    /// <summary>Asks and admits as chance has it.</summary>
    Random,

    /// <summary>Keeps the executions that it has and begins none of them.</summary>
    Hoards,

    /// <summary>Wants one more, all the time.</summary>
    Persists,

    /// <summary>Asks for nothing any more.</summary>
    Rests,
}

/// <summary>A holder that keeps to the protocol.</summary>
internal sealed class Holder : Process
{
    private static readonly TimeSpan AskPatience = TimeSpan.FromMilliseconds(700);

    private readonly HolderAddress address;
    private readonly HolderId id = HolderId.New();
    private readonly Routes routes;
    private readonly Network network;
    private readonly Build build;
    private readonly Dictionary<LeaseId, HeldLease> former = [];
    private readonly TimeSpan pace;
    private readonly int appetite;
    private HeldLease lease = new();
    private long askAgainAt;
    private long seenVersion;
    private int questions;

    // What waits to be admitted; and of the question that is not answered yet, its report and when it was asked.
    private AdmissionRequest? wanted;
    private long asked;
    private long askedAt;

    public Holder(World world, string name, Routes routes, Network network, Build build)
        : base(world, name)
    {
        (this.routes, this.network, this.build) = (routes, network, build);
        address = new HolderAddress(this);
        pace = world.Between(10, 120);
        appetite = world.Chance(0.3) ? world.Random.Next(20, 100) : world.Random.Next(1, 12);
    }

    public Habit Habit { get; set; }

    public void Start()
    {
        After(World.Between(0, 50), Try);
        After(build.Timings.Lease / 8, LookAfterLease);
    }

    /// <summary>Obeys, and then answers.</summary>
    public LeaseReport? Recall(LeaseRecall recall)
    {
        var (which, reason, version) = (recall.Lease, recall.Reason, recall.Version);
        var called = lease.Id == which ? lease : former.GetValueOrDefault(which);
        if (called is null)
        {
            return null;
        }

        LetTimePass(called);
        World.History.Note(World.Now, $"{Name} is called back ({reason})");
        if (recall.Terms is { } unheard && called == lease && recall.Basis == asked && recall.Basis == lease.Sequence && unheard.Epoch >= lease.Epoch)
        {
            // Faster than the answer that says so.
            (asked, lease.Epoch) = (0, unheard.Epoch);
            Accept(unheard, askedAt);
        }

        if (HasTerms(called) && version < called.Terms!.Version)
        {
            // Sent before the session changed: what is held was granted afterwards.
            return Report(called, called.Granted);
        }

        var kept = reason != RecallReason.Idle || !HasTerms(called) ? Minimum(called)
            : recall.Wanted == IdleShare.All ? ForThoseWhoWait(called)
            : InUse(called);
        if (!build.HolderIgnoresRecalls)
        {
            called.Granted = kept;
            called.Window.Limit = kept.PerSecond ?? (HasTerms(called) && reason == RecallReason.Idle ? int.MaxValue : 0);
            if (reason != RecallReason.Idle)
            {
                called.Terms = null;
            }

            if (reason == RecallReason.Stopped)
            {
                Cancel(called);
            }
        }

        Recount(called);
        return Report(called, kept);
    }

    protected override void OnKilled()
    {
        foreach (var running in former.Values.Append(lease).SelectMany(one => one.Running))
        {
            running.Execution.EndedAt = World.Now;
        }
    }

    private void Try()
    {
        After(Habit == Habit.Persists ? TimeSpan.FromMilliseconds(8) : pace * (0.5 + World.Random.NextDouble()), Try);
        if (Habit is Habit.Hoards or Habit.Rests)
        {
            return;
        }

        LetTimePass(lease);
        var request = new AdmissionRequest(World.Any(Functions.All));
        if (Judge(request) is null)
        {
            Admit(request);
        }
        else
        {
            wanted = request;
            Ask();
        }
    }

    private AdmissionStep? Judge(in AdmissionRequest request)
    {
        if (lease.Terms is not { } terms || Clock >= lease.TermsEnd)
        {
            return AdmissionStep.Status;
        }

        return AdmissionRules.Judge(
            new AdmissionFacts
            {
                SessionId = default,
                Status = SessionStatus.Active,
                TimeLeft = terms.TimeLeft - TimeSpan.FromTicks(Clock - lease.AskedAt),
                Permissions = terms.Permissions,
                PolicyPermissions = terms.PolicyPermissions,
                FunctionPatterns = terms.FunctionPatterns,
                Left = new QuotaMargins(
                    lease.Granted.Executions - lease.Admitted,
                    lease.Granted.Concurrent - lease.Running.Count,
                    lease.Granted.PerSecond is null ? null : lease.Window.Left(Clock / TimeSpan.TicksPerMillisecond),
                    build.HolderIgnoresComputeTime ? null : lease.Granted.ComputeTime - lease.ComputeTimeAt(Clock)),
            },
            request);
    }

    private void Admit(AdmissionRequest request)
    {
        var (from, clock) = (lease, Clock);
        from.Admitted++;
        from.LastAt = clock;
        from.FirstAt = from.FirstAt == 0 ? clock : from.FirstAt;
        if (from.Granted.PerSecond is not null)
        {
            from.Window.TryTake(clock / TimeSpan.TicksPerMillisecond);
        }

        var execution = World.History.OnAdmitted(World.Now, Name, request.Function, TrueTimeOf(from.RunningEnd));
        World.History.OnUsed(from.Id);
        var running = new RunningExecution(execution, clock) { Heeds = World.Chance(0.8) };
        from.Running.Add(running);
        Recount(from);
        var length = Habit == Habit.Persists ? World.Between(1, 10) : World.Chance(0.1) ? World.Between(300, 4000) : World.Between(1, 150);
        After(length, () => EndOf(from, running, World.Chance(0.8) ? ExecutionOutcome.Succeeded : ExecutionOutcome.Failed));
    }

    private void EndOf(HeldLease of, RunningExecution running, ExecutionOutcome outcome)
    {
        LetTimePass(of);
        if (running.HasEnded)
        {
            return;
        }

        running.HasEnded = true;
        running.Execution.EndedAt ??= World.Now;
        of.Running.Remove(running);
        of.ComputeTime += TimeSpan.FromTicks(Clock - running.StartedAt);
        of.Succeeded += outcome == ExecutionOutcome.Succeeded ? 1 : 0;
        of.Failed += outcome == ExecutionOutcome.Failed ? 1 : 0;
        of.Cancelled += outcome == ExecutionOutcome.Cancelled ? 1 : 0;
        of.Abandoned += outcome == ExecutionOutcome.Abandoned ? 1 : 0;
        if (of != lease && of.Running.Count == 0)
        {
            former.Remove(of.Id);
        }

        Recount(of);
    }

    private void Ask(bool renewOnly = false)
    {
        if (lease.IsAsking || Clock < askAgainAt)
        {
            return;
        }

        var (asking, sentAt, since) = (lease, Clock, World.Now);
        LetTimePass(asking);
        asking.IsAsking = true;
        var kept = !HasTerms(asking) ? Minimum(asking)
            : Habit == Habit.Hoards ? Minimum(asking) with { Executions = asking.Granted.Executions }
            : asking.Granted;

        // What is given back here stays given back, also if an answer comes that grants nothing.
        asking.Granted = kept;
        Recount(asking);

        var appetite = renewOnly ? 0 : Habit == Habit.Persists ? 2 : 1 + World.Random.Next(this.appetite + 1);
        var request = new LeaseRequest
        {
            Report = Report(asking, kept),
            Demand = renewOnly ? default : new(appetite, asking.Running.Count + appetite, 5 * appetite, TimeSpan.FromMilliseconds(40 * appetite), 1),
            Holder = address,
            SeenVersion = World.Chance(0.5) ? seenVersion : 0,
        };
        (asked, askedAt) = (request.Report.Sequence, sentAt);
        var (question, to) = (++questions, routes.For(this));
        network.Call(this, to, () => to.Lease(request), AskPatience).OnDone(reply =>
        {
            if (asking == lease && questions == question)
            {
                asking.IsAsking = false;
                if (reply is not null)
                {
                    if (!renewOnly && reply.Terms?.Shortage is { } shortage)
                    {
                        World.History.OnRefused(since, World.Now, Name, shortage);
                    }

                    OnAnswered(reply, sentAt);
                    if (wanted is { } waiting && Judge(waiting) is null)
                    {
                        Admit(waiting);
                    }
                }

                wanted = null;
            }
        });
    }

    private TimeSpan Grace => build.HolderHasNoGrace ? TimeSpan.Zero : build.Timings.RunGrace;

    private void OnAnswered(LeaseReply reply, long askedAt)
    {
        LetTimePass(lease);
        if (reply.Epoch != 0 && reply.Epoch < lease.Epoch)
        {
            return;
        }

        lease.Epoch = Math.Max(lease.Epoch, reply.Epoch);

        var isOld = reply.Basis < lease.Sequence && reply.Basis != 0 && !build.HolderTakesOldBlocks;
        if (reply.RunningFor > TimeSpan.Zero)
        {
            lease.RunningEnd = Math.Max(lease.RunningEnd, askedAt + (reply.RunningFor + Grace).Ticks);
        }

        if (reply.Terms is { } old && isOld)
        {
            if (HasTerms(lease))
            {
                (lease.Terms, lease.AskedAt) = (old, askedAt);
                lease.TermsEnd = Math.Max(lease.TermsEnd, askedAt + old.Duration.Ticks);
            }
        }
        else if (reply.Refusal is { Code: SessionErrorCode.Unavailable })
        {
            askAgainAt = Clock + TimeSpan.FromMilliseconds(50).Ticks;
        }
        else if (reply.Terms is { } terms)
        {
            seenVersion = Math.Max(seenVersion, terms.Version);
            asked = 0;
            Accept(terms, askedAt);
            if (terms.Shortage is not null)
            {
                askAgainAt = Clock + TimeSpan.FromMilliseconds(20).Ticks;
            }
        }
        else
        {
            lease.Terms = null;
            askAgainAt = Clock + TimeSpan.FromMilliseconds(50).Ticks;
            if (reply.Refusal!.Code is SessionErrorCode.SessionNotActive or SessionErrorCode.SessionExpired)
            {
                Cancel(lease);
            }

            if (reply.Refusal!.Code is SessionErrorCode.LeaseNotFound or SessionErrorCode.InvalidConfiguration)
            {
                World.History.Note(World.Now, $"{Name} begins a new lease: {reply.Refusal.Message}");
                if (lease.Running.Count > 0)
                {
                    former[lease.Id] = lease;
                }

                lease = new();
            }
        }

        Recount(lease);
    }

    private void Accept(LeaseTerms terms, long askedAt)
    {
        lease.Terms = terms;
        lease.AskedAt = askedAt;
        lease.TermsEnd = (build.HolderCountsFromAnswer ? Clock : askedAt) + terms.Duration.Ticks;
        lease.RunningEnd = Math.Max(lease.RunningEnd, lease.TermsEnd + Grace.Ticks);
        lease.Granted = terms.Granted;
        lease.Window.Limit = terms.Granted.PerSecond ?? int.MaxValue;
    }

    /// <summary>Renews ahead of need, and gives back what it does not need any more.</summary>
    private void LookAfterLease()
    {
        After(build.Timings.Lease / 8, LookAfterLease);
        LetTimePass(lease);
        var half = build.Timings.Lease.Ticks / 2;
        if (HasTerms(lease) ? lease.TermsEnd - Clock < half && Habit != Habit.Rests : lease.Running.Count > 0 && lease.RunningEnd - Clock < half)
        {
            Ask(renewOnly: Habit != Habit.Random || World.Chance(0.3));
        }
        else if (HasTerms(lease) && (Habit == Habit.Rests || (Habit == Habit.Random && World.Chance(0.02))))
        {
            lease.Granted = Minimum(lease);
            lease.Terms = null;
            lease.IsAsking = false;
            Recount(lease);
            Return(lease, Report(lease, lease.Granted));
        }
    }

    /// <summary>Sends a report until it is taken, unless a later one says more.</summary>
    private void Return(HeldLease of, LeaseReport report)
    {
        var to = routes.For(this);
        network.Call(this, to, () => to.Report(report), AskPatience).OnDone(reply =>
        {
            if (reply is null or { Refusal.Code: SessionErrorCode.Unavailable } && of.Sequence == report.Sequence)
            {
                After(AskPatience, () => Return(of, report));
            }
        });
    }

    private bool HasTerms(HeldLease of) => of.Terms is not null && Clock < of.TermsEnd;

    /// <summary>What runs keeps its place, and nothing more is admitted.</summary>
    private static LeaseBlocks Minimum(HeldLease of) => new(
        of.Admitted,
        of.Running.Count,
        0,
        of.Running.Count > 0 || of.Granted.ComputeTime < of.ComputeTime ? of.Granted.ComputeTime
            : of.Granted.ComputeTime is null ? null
            : of.ComputeTime);

    private LeaseBlocks InUse(HeldLease of) => Habit == Habit.Hoards
        ? Minimum(of)
        : of.Granted with
        {
            Executions = of.Admitted + ((of.Granted.Executions - of.Admitted) / 2),
            Concurrent = of.Granted.Concurrent is { } places ? Math.Min(places, of.Running.Count + 1) : null,
            PerSecond = of.Granted.PerSecond is { } share
                ? (int)Math.Clamp(share - (long)of.Window.Left(Clock / TimeSpan.TicksPerMillisecond) + 1, 0, share)
                : null,
        };

    private LeaseBlocks ForThoseWhoWait(HeldLease of)
    {
        var (used, waiting) = (InUse(of), of == lease && wanted is not null ? 1 : 0);
        return used with
        {
            Executions = of.Admitted + Math.Min(waiting, of.Granted.Executions - of.Admitted),
            Concurrent = of.Granted.Concurrent is { } places ? Math.Min(places, of.Running.Count + waiting) : null,
        };
    }

    private LeaseReport Report(HeldLease of, LeaseBlocks kept) => new()
    {
        Lease = of.Id,
        Holder = id,
        Sequence = ++of.Sequence,
        Admitted = of.Admitted,
        Running = of.Running.Count,
        Succeeded = of.Succeeded,
        Failed = of.Failed,
        Cancelled = of.Cancelled,
        Abandoned = of.Abandoned,
        ComputeTime = of.ComputeTime,
        SinceFirst = of.Admitted > 0 ? TimeSpan.FromTicks(Clock - of.FirstAt) : null,
        SinceLast = of.Admitted > 0 ? TimeSpan.FromTicks(Clock - of.LastAt) : null,
        Kept = kept,
        Epoch = of.Epoch,
    };

    /// <summary>What runs is cancelled when its lease, or its compute time, is over.</summary>
    private void LetTimePass(HeldLease of)
    {
        if (of.Running.Count > 0 && Clock >= EndOf(of))
        {
            if (Clock >= of.RunningEnd && of.Running.Any(one => !one.IsCancelled))
            {
                World.History.OnLeaseLost(World.Now, Name);
            }

            Cancel(of);
        }
    }

    private void Cancel(HeldLease of)
    {
        foreach (var running in of.Running.Where(one => !one.IsCancelled).ToArray())
        {
            running.IsCancelled = true;
            After(
                running.Heeds ? World.Between(0, 20) : build.Timings.Lease,
                () => EndOf(of, running, running.Heeds ? ExecutionOutcome.Cancelled : ExecutionOutcome.Abandoned));
        }
    }

    /// <summary>What was cancelled does not get more time, whatever is granted afterwards.</summary>
    private void Recount(HeldLease of)
    {
        if (of.Running.Count == 0)
        {
            return;
        }

        var end = EndOf(of);
        foreach (var running in of.Running.Where(one => !one.IsCancelled))
        {
            running.Execution.CountsUntil = TrueTimeOf(end);
        }

        After(TimeSpan.FromTicks(Math.Max(0, end - Clock)), () => LetTimePass(of));
    }

    private long EndOf(HeldLease of) =>
        build.HolderIgnoresComputeTime ? of.RunningEnd : Math.Min(of.RunningEnd, of.ComputeTimeEndsAt(Clock));
}

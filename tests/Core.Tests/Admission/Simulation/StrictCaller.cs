using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>Asks for every single execution, one after the other or several at once.</summary>
internal sealed class StrictCaller(World world, string name, Routes routes, Network network, Build build) : Process(world, name)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    private readonly HolderId id = HolderId.New();
    private readonly TimeSpan pace = world.Between(20, 150);
    private readonly List<Execution> running = [];

    public bool Rests { get; set; }

    public void Start() => After(World.Between(0, 100), Try);

    protected override void OnKilled()
    {
        foreach (var execution in running)
        {
            execution.EndedAt ??= World.Now;
        }
    }

    private void Try()
    {
        After(pace * (0.5 + World.Random.NextDouble()), Try);
        if (!Rests)
        {
            _ = Execute(new ExecutionRequest
            {
                Execution = ExecutionId.New(),
                Holder = id,
                Admission = new AdmissionRequest(World.Any(Functions.All)),
                RunFor = World.Chance(0.5) ? null : World.Between(100, 2500),
            });
        }
    }

    private async Flow<Nothing> Execute(ExecutionRequest request)
    {
        var since = World.Now;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var (askedAt, to) = (Clock, routes.For(this));
            var reply = await network.Call(this, to, () => to.Begin(request), Patience);
            if (reply is null)
            {
                continue;
            }

            if (!reply.Decision.IsAdmitted)
            {
                World.History.OnRefused(since, World.Now, Name, reply.Decision.Refusal!);
                return default;
            }

            // The end of the session is one for starting too.
            var startWithin = reply.Decision.TimeLeft < reply.StartWithin ? reply.Decision.TimeLeft.Value : reply.StartWithin;
            if (Clock - askedAt < startWithin.Ticks || build.CallerStartsLate)
            {
                Run(request with { Epoch = reply.Epoch }, askedAt + reply.RunFor.Ticks, reply.RunGrace.Ticks);
                return default;
            }

            break;
        }

        return await Settle(request, ExecutionOutcome.Cancelled, TimeSpan.Zero, neverBegan: true);
    }

    private void Run(ExecutionRequest request, long runFor, long grace)
    {
        var startedAt = Clock;
        var end = runFor + grace;
        var execution = World.History.OnAdmitted(World.Now, Name, request.Admission.Function, TrueTimeOf(end), request.Execution);
        running.Add(execution);
        var wanted = World.Chance(0.15) ? World.Between(500, 4000) : World.Between(1, 200);
        After(wanted, () => End(ExecutionOutcome.Succeeded));
        Watch();

        // At half of what is left of its time, and often in its grace.
        void Watch() => After(TimeSpan.FromTicks(runFor > Clock ? (runFor - Clock) / 2 : Math.Min(end - Clock, TimeSpan.TicksPerMillisecond * 100)), () =>
        {
            if (execution.EndedAt is null)
            {
                _ = Extend();
            }
        });

        async Flow<Nothing> Extend()
        {
            var (askedAt, to) = (Clock, routes.For(this));
            var question = request with { Elapsed = TimeSpan.FromTicks(Clock - startedAt) };
            var reply = await network.Call(this, to, () => to.Extend(question), Patience);
            if (execution.EndedAt is null && Clock < end && reply is { Decision.IsAdmitted: true })
            {
                runFor = Math.Max(runFor, askedAt + reply.RunFor.Ticks);
                grace = reply.RunGrace.Ticks;
                end = Math.Max(end, askedAt + reply.RunFor.Ticks + grace);
                execution.CountsUntil = TrueTimeOf(end);
            }

            request = reply is null ? request : request with { Epoch = Math.Max(request.Epoch, reply.Epoch) };
            if (Clock >= end && execution.EndedAt is null && grace > 0)
            {
                World.History.OnLeaseLost(World.Now, Name);
            }

            if (Clock < end && execution.EndedAt is null && reply is { Decision.Refusal.Code: SessionErrorCode.ExecutionNotFound })
            {
                World.History.OnNotKnown(World.Now, Name);
            }

            if (Clock >= end || reply is { Decision.IsAdmitted: false, Decision.Refusal.Code: not SessionErrorCode.Unavailable })
            {
                End(ExecutionOutcome.Cancelled);
            }
            else if (end - Clock < TimeSpan.TicksPerMillisecond * 20)
            {
                After(TimeSpan.FromTicks(end - Clock), () => End(ExecutionOutcome.Cancelled));
            }
            else
            {
                Watch();
            }

            return default;
        }

        void End(ExecutionOutcome outcome)
        {
            if (execution.EndedAt is null)
            {
                execution.EndedAt = World.Now;
                running.Remove(execution);
                _ = Settle(request, outcome, TimeSpan.FromTicks(Clock - startedAt));
            }
        }
    }

    private async Flow<Nothing> Settle(ExecutionRequest request, ExecutionOutcome outcome, TimeSpan duration, bool neverBegan = false)
    {
        var settlement = new ExecutionSettlement
        {
            Execution = request.Execution,
            Holder = id,
            Outcome = outcome,
            Duration = duration,
            Admission = request.Admission,
            NeverBegan = neverBegan,
        };
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var to = routes.For(this);
            if (await network.Call(this, to, () => to.Settle(settlement), Patience) is not null)
            {
                break;
            }
        }

        return default;
    }
}

using Sessions.Core.Admission;
using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>One activation of the session: loads, decides, waits for the fence, commits, in the order in which the grain does.</summary>
internal sealed class SimulatedActivation(World world, string name, Row row, Network network, Build build) : Process(world, name)
{
    private const int MaxAttempts = 4;
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(500);

    private SimulatedAdmission admission = null!;
    private Turns commands = null!;
    private bool inDoubt;

    public Row Row => row;

    public Network Network => network;

    public Turns Gate { get; private set; } = null!;

    /// <summary>As committed, as far as this activation knows.</summary>
    public SessionRecord Record { get; private set; } = row.Record;

    public long Timestamp => Clock;

    public long Milliseconds => Clock / TimeSpan.TicksPerMillisecond;

    public DateTimeOffset Utc => Wall;

    public Moment Moment => new(Milliseconds, Utc);

    /// <summary>The session with its usage as known here.</summary>
    public SessionRecord Live => admission.Live();

    /// <summary>Whether a command is under way.</summary>
    public bool IsBusy => commands.IsTaken;

    public void Start() => OnStarted();

    public void OnGranted(LeaseId lease, long executions) => World.History.OnGranted(lease, executions);

    public void OnDecided(ExecutionId execution) => World.History.OnDecided(World.Now, execution);

    public Flow<LeaseReply> Lease(LeaseRequest request) => Answer(
        request.SeenVersion, () => admission.Lease(request), refusal => new LeaseReply { Refusal = refusal });

    public Flow<ExecutionReply> Begin(ExecutionRequest request) => Answer(request.SeenVersion, () => admission.Begin(request), Refused);

    public Flow<ExecutionReply> Extend(ExecutionRequest request) => Answer(request.SeenVersion, () => admission.Extend(request), Refused);

    public Flow<SettledReply> Report(LeaseReport report) => Answer(
        0, () => admission.Report(report), refusal => new SettledReply(refusal));

    public Flow<SettledReply> Settle(ExecutionSettlement settlement) => Answer(
        0, () => admission.Settle(settlement), refusal => new SettledReply(refusal));

    /// <summary>Lets go of what it has granted, and stops.</summary>
    public async Flow<Nothing> Stop()
    {
        await admission.LetGo();
        Kill();
        return default;
    }

    /// <summary>Does what a caller asks, one after the other.</summary>
    public async Flow<CommandReply> Execute(SessionCommand command)
    {
        using var turn = await commands.Enter();
        var run = World.History.OnBegan(World.Now, command.Verb.ToString(), this);
        try
        {
            await LetTimePass();
            var decision = await Advance(current => SimulatedRules.Decide(current, command, Facts));
            World.History.OnReturned(World.Now, run, decision.Refusal?.Code.ToString() ?? "done");
            return new CommandReply(decision.Refusal);
        }
        catch (StoreFailedException exception)
        {
            World.History.OnReturned(World.Now, run, exception.Message);
            throw;
        }
    }

    /// <summary>What the sweep of those that are due does.</summary>
    public async Flow<CommandReply> Wake()
    {
        using var turn = await commands.Enter();
        await LetTimePass(patient: false);
        return new CommandReply(null);
    }

    public async Flow<bool> TryCommit(SessionRecord next)
    {
        var sentAt = admission.BeginCommit(next);
        switch (await row.Write(this, next))
        {
            case Written.Yes:
                Record = next;
                admission.EndCommit(sentAt);
                return true;
            case Written.LostRace:
                await Reload();
                return false;
            default:
                inDoubt = true;
                admission.Drop();
                throw new StoreFailedException("outcome unknown");
        }
    }

    public async Flow<Nothing> Reload()
    {
        inDoubt = true;
        Record = await row.Read(this);
        inDoubt = false;
        admission.OnRead();
        return default;
    }

    public async Flow<Nothing> ReloadIfInDoubt()
    {
        if (inDoubt)
        {
            await Reload();
        }

        return default;
    }

    protected override void OnStarted()
    {
        admission = new(this, build);
        (Gate, commands) = (new(this), new(this));

        // The first call looks; what was read before the start would be too old.
        inDoubt = true;
        Tick();
        KeepRight();
    }

    private DecisionFacts Facts => Given.Facts(Utc);

    private ExecutionReply Refused(SessionError refusal) => new() { Decision = new AdmissionDecision { Status = Record.Status, Refusal = refusal } };

    private async Flow<T> Answer<T>(long seenVersion, Func<Flow<T>> admit, Func<SessionError, T> refuse) =>
        await MakeReady(seenVersion) is { } refusal ? refuse(refusal) : await admit();

    private async Flow<Decision> Advance(Func<SessionRecord, Decision> decide)
    {
        var held = false;
        try
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                Decision decision;
                using (await Gate.Enter())
                {
                    await ReloadIfInDoubt();
                    decision = decide(admission.Live(giveBack: true));
                    if (decision.Next is null)
                    {
                        return decision;
                    }

                    if (!SimulatedRules.NeedsFence(Record, decision.Next) || (held && admission.IsFenced))
                    {
                        if (await TryCommit(decision.Next))
                        {
                            return decision;
                        }

                        continue;
                    }
                }

                if (!held)
                {
                    held = true;
                    admission.Hold();
                }

                await admission.Fence(decision.Next.Status == SessionStatus.Active ? RecallReason.Narrowed : RecallReason.Stopped);
            }
        }
        finally
        {
            if (held)
            {
                admission.Release();
            }
        }

        throw new StoreFailedException("contended");
    }

    private async Flow<Nothing> LetTimePass(bool patient = true)
    {
        if (inDoubt)
        {
            using var turn = await Gate.Enter();
            await ReloadIfInDoubt();
        }

        if (!IsTimeUp)
        {
            return default;
        }

        var live = admission.Live();
        if (!patient && SessionRules.LetTimePass(live, Facts).Next is { } next && SimulatedRules.NeedsFence(live, next) && !admission.IsFenced)
        {
            await admission.BeginFence(next.Status == SessionStatus.Active ? RecallReason.Narrowed : RecallReason.Stopped);
            return default;
        }

        await Advance(current => SessionRules.LetTimePass(current, Facts));
        if (IsTimeUp)
        {
            using var turn = await Gate.Enter();
            await admission.Checkpoint();
        }

        return default;
    }

    private bool IsTimeUp => SessionRules.LetTimePass(Record, Facts).Next is not null;

    private bool IsReady(long seenVersion) => !inDoubt && Record.Version >= seenVersion && !SessionRules.IsDue(Record, Utc);

    private async Flow<SessionError?> MakeReady(long seenVersion)
    {
        if (IsReady(seenVersion))
        {
            return null;
        }

        await LetTimePass(patient: false);
        if (Record.Version < seenVersion)
        {
            using var turn = await Gate.Enter();
            await Reload();
        }

        return Record.Version < seenVersion
            ? Refusals.Unavailable(Record.Id, $"Version {seenVersion} cannot be shown yet.", build.Timings.RetryAfter)
            : null;
    }

    private void Tick() => After(TickPeriod, () =>
    {
        _ = admission.Tick();
        Tick();
    });

    private void KeepRight() => After(build.Timings.Right / 4, () => admission.KeepRight().Then(KeepRight));
}

/// <summary>The answer to a report or settlement.</summary>
internal sealed record SettledReply(SessionError? Refusal);

/// <summary>The answer to a command.</summary>
internal sealed record CommandReply(SessionError? Refusal);

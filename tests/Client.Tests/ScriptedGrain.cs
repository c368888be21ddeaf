using System.Collections.Immutable;

namespace Sessions.Client.Tests;

/// <summary>A session grain that records what it is asked and answers from a script, one step for each call.</summary>
internal sealed class ScriptedGrain(params Func<ValueTask<SessionReply>>[] script) : ISessionGrain
{
    private readonly Lock gate = new();
    private readonly Queue<Func<ValueTask<SessionReply>>> steps = new(script);

    public List<SessionCommand> Commands { get; } = [];

    public List<long> SeenVersions { get; } = [];

    public List<(long Version, TimeSpan Patience)> Waits { get; } = [];

    public List<ExecutionRequest> Begun { get; } = [];

    public List<ExecutionRequest> Extended { get; } = [];

    public List<ExecutionSettlement> Settled { get; } = [];

    /// <summary>What a settlement waits for on its way.</summary>
    public Func<Task> OnSettle { get; set; } = static () => Task.CompletedTask;

    public Func<ExecutionRequest, Task<ExecutionReply>> OnBegin { get; set; } = static _ => throw new NotSupportedException();

    public Func<ExecutionRequest, Task<ExecutionReply>> OnExtend { get; set; } = static _ => throw new NotSupportedException();

    /// <summary>The log that there is to read.</summary>
    public ImmutableArray<ExecutionRecord> Executions { get; init; } = [];

    public int Calls => Commands.Count + SeenVersions.Count + Waits.Count;

    public ValueTask<SessionReply> Request(RequestSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Create(CreateSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Cancel(CancelSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Activate(ActivateSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Pause(PauseSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Resume(ResumeSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Renew(RenewSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Adjust(AdjustSession command) => Answer(() => Commands.Add(command));


    public ValueTask<AdmissionDecision> Authorize(AdmissionRequest request, long seenVersion) => throw new NotSupportedException();

    public ValueTask<LeaseReply> Lease(LeaseRequest request) => throw new NotSupportedException();

    public ValueTask<SessionError?> Report(LeaseReport report) => throw new NotSupportedException();

    public async ValueTask<ExecutionReply> Begin(ExecutionRequest request)
    {
        lock (gate)
        {
            Begun.Add(request);
        }

        return await OnBegin(request);
    }

    public async ValueTask<ExecutionReply> Extend(ExecutionRequest request)
    {
        lock (gate)
        {
            Extended.Add(request);
        }

        return await OnExtend(request);
    }

    public async ValueTask<SessionError?> Settle(ExecutionSettlement settlement)
    {
        await OnSettle();
        lock (gate)
        {
            Settled.Add(settlement);
        }

        return null;
    }

    public ValueTask<ExecutionPage> GetExecutions(long afterSequence, int limit) =>
        new(new ExecutionPage { Executions = [.. Executions.Where(execution => execution.Sequence > afterSequence).Take(limit)] });

    public ValueTask<SessionReply> Close(CloseSession command) => Answer(() => Commands.Add(command));

    public ValueTask<SessionReply> Get(long seenVersion) => Answer(() => SeenVersions.Add(seenVersion));

    public ValueTask<SessionReply> WaitForChange(long version, TimeSpan patience) => Answer(() => Waits.Add((version, patience)));

    private ValueTask<SessionReply> Answer(Action record)
    {
        Func<ValueTask<SessionReply>> step;
        lock (gate)
        {
            record();

            // The last step is for ever, so that a script can say "and so on".
            step = steps.Count > 1 ? steps.Dequeue() : steps.Peek();
        }

        return step();
    }
}

/// <summary>Steps of a script.</summary>
internal static class Step
{
    public static Func<ValueTask<SessionReply>> Answer(SessionStatus status, long version, EndReason? why = null, string? failure = null) =>
        () => new(new SessionReply
        {
            Version = version,
            Snapshot = new SessionSnapshot
            {
                Id = TestClient.Id,
                Status = status,
                Version = version,
                EndReason = why,
                Failure = failure,
            },
        });

    public static Func<ValueTask<SessionReply>> Refuse(SessionError error) => () => new(new SessionReply { Refusal = error });

    public static Func<ValueTask<SessionReply>> Throw(Func<Exception> fault) => () => ValueTask.FromException<SessionReply>(fault());

    /// <summary>Never answers.</summary>
    public static Func<ValueTask<SessionReply>> Hang() => () => new(new TaskCompletionSource<SessionReply>().Task);
}

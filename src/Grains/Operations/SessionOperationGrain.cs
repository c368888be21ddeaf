using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Sessions.Core;
using Sessions.Core.Operations;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Hosting;
using Sessions.Grains.Session;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Operations;

/// <summary>
/// One operation over many sessions: answers for it, and goes on with it beside its calls. The rules are in <see cref="OperationRules"/>.
/// </summary>
/// <remarks>Reentrant, because it has to answer, and to be cancelled, while it waits for sessions. Commits take turns.</remarks>
[GrainType("session-operation"), Reentrant]
#pragma warning disable CA1001 // The source that stops a run has no timer and links to nothing, and so there is nothing to dispose of.
internal sealed partial class SessionOperationGrain(
#pragma warning restore CA1001
    IOperationStore store,
    ISessionSearch search,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    SessionsInstruments instruments,
    ILogger<SessionOperationGrain> logger) : Grain, ISessionOperationGrain, ISessionOperationControl
{
    private const int MaxAttempts = 4;
    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(10);

    private readonly CommitGate gate = new();

    // What is committed, as this activation knows it; null where there is no operation, or where it has to be read.
    private OperationRecord? record;

    // Counts how often that was forgotten, so that a step never goes on from what another activation wrote.
    private long era;
    private string? obstacle;
    private TaskCompletionSource changed = NewSignal();

    private OperationId Id { get; set; }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Id = OperationId.TryParse(this.GetPrimaryKeyString(), null, out var id) && id.ToString() == this.GetPrimaryKeyString()
            ? id
            : throw new SessionException(SessionError.InvalidConfiguration(null, [new("id", "is not the id of an operation in lower case")]));
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        stop.Cancel();
        SignalChange();
        return Task.CompletedTask;
    }

    public ValueTask<OperationReply> Start(StartOperation request) =>
        Advance(current => OperationRules.Start(Id, current, request, time.GetUtcNow()));

    public async ValueTask<OperationReply> Get()
    {
        await Read();
        Continue();
        return Answer();
    }

    public async ValueTask<OperationReply> WaitForChange(long version, TimeSpan patience)
    {
        await Read();
        Continue();
        var limit = patience < MaxPatience ? patience : MaxPatience;
        if (record is { Shown.IsFinal: false } known && known.Shown.Version <= version && limit > TimeSpan.Zero)
        {
            await changed.Task.WaitAsync(limit, TimeProvider.System).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await Read();
        }

        return Answer();
    }

    public ValueTask<OperationReply> Cancel(CancelOperation request) =>
        Advance(current => OperationRules.Cancel(Id, current, request, time.GetUtcNow()));

    public async ValueTask Wake()
    {
        await Read();
        Continue();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OperationReply Answer() => record is { } known
        ? new OperationReply { Operation = known.Shown with { Obstacle = known.Shown.IsFinal ? null : obstacle } }
        : new OperationReply { Refusal = Refusals.OperationNotFound(Id) };

    /// <summary>Decides upon a caller's request and commits; a lost race is decided again.</summary>
    private async ValueTask<OperationReply> Advance(Func<OperationRecord?, OperationDecision> decide)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            using var turn = await gate.EnterAsync();
            await ReadInTurn();
            var decision = decide(record);
            if (decision.Refusal is { } refusal)
            {
                return new OperationReply { Refusal = refusal };
            }

            if (decision.Next == record || await TryCommit(decision.Next!))
            {
                Continue();
                return Answer();
            }
        }

        return new OperationReply
        {
            Refusal = Refusals.Unavailable(null, "Other activations kept changing the operation; try again.", options.Value.RetryAfter),
        };
    }

    /// <summary>Writes, and shows only then. False if another activation was there before; what it wrote has to be read.</summary>
    private async ValueTask<bool> TryCommit(OperationRecord next)
    {
        var saved = false;
        try
        {
            saved = await store.SaveOperationAsync(next, CancellationToken.None);
        }
        finally
        {
            // Also where nobody knows whether it was written.
            if (!saved)
            {
                (record, era) = (null, era + 1);
            }
        }

        if (saved)
        {
            record = next;
            if (next.Shown.Status != OperationStatus.Running)
            {
                // Whoever cancelled it has been told that no session more is told anything.
                round?.End();
            }

            SignalChange();
        }

        return saved;
    }

    private async ValueTask Read()
    {
        if (record is null)
        {
            using var turn = await gate.EnterAsync();
            await ReadInTurn();
        }
    }

    private async ValueTask ReadInTurn() => record ??= await store.ReadOperationAsync(Id, CancellationToken.None);

    private void SignalChange()
    {
        var signal = changed;
        changed = NewSignal();
        signal.SetResult();
    }
}

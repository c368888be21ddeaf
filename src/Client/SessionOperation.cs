using System.Runtime.CompilerServices;

namespace Sessions.Client;

/// <summary>
/// One operation over many sessions as a client holds it. The operation goes on in the cluster whether anybody looks or not. Thread-safe.
/// Every call may throw <see cref="OperationNotFoundException"/>, and <see cref="UnavailableException"/> when there was no answer for
/// <see cref="SessionsClientOptions.RetryBudget"/>.
/// </summary>
public sealed class SessionOperation
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly SessionsClient client;
    private OperationSnapshot? lastSeen;

    internal SessionOperation(SessionsClient client, OperationId id, OperationSnapshot? lastSeen = null) =>
        (this.client, Id, this.lastSeen) = (client, id, lastSeen);

    /// <summary>Which operation.</summary>
    public OperationId Id { get; }

    /// <summary>The newest snapshot that this object has seen; null before the first answer.</summary>
    public OperationSnapshot? LastSeen => Volatile.Read(ref lastSeen);

    /// <summary>The operation as it stands.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<OperationSnapshot> GetAsync(CancellationToken cancellationToken = default) =>
        AskAsync("GetOperation", grain => grain.Get(), client.Patient, cancellationToken);

    /// <summary>
    /// How far the operation is: now, and again whenever it has got on, about once a second, or something keeps it from that; the last one is
    /// final. Goes on when a silo or the connection is lost.
    /// </summary>
    /// <param name="cancellationToken">Ends the looking; the operation goes on.</param>
    public async IAsyncEnumerable<OperationSnapshot> ProgressAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var patience = client.Options.ResponseTimeout / 2 is var half && half < LongestPatience ? half : LongestPatience;

        // Short, because the silo that was asked may die, and nobody tells a client that waits for it.
        var retries = client.Patient with { Attempt = patience + Grace };
        var seen = await GetAsync(cancellationToken);
        yield return seen;
        while (!seen.IsFinal)
        {
            var last = seen;
            seen = await AskAsync("WaitForOperation", grain => grain.WaitForChange(last.Version, patience), retries, cancellationToken);
            if (seen.Version != last.Version || seen.Obstacle != last.Obstacle)
            {
                yield return seen;
            }
        }
    }

    /// <summary>Waits until the operation has ended.</summary>
    /// <param name="cancellationToken">Stops waiting; the operation goes on.</param>
    public Task<OperationSnapshot> WaitAsync(CancellationToken cancellationToken = default) =>
        ProgressAsync(cancellationToken).LastAsync(cancellationToken).AsTask();

    /// <summary>Cancels the operation: no session more is told anything, and what is done stays done. Changes nothing where it has ended.</summary>
    /// <param name="reason">Why, at most 480 characters.</param>
    /// <param name="actor">Who acts. Default: <see cref="SessionsClientOptions.Actor"/>.</param>
    /// <param name="cancellationToken">Stops waiting; it may still be cancelled.</param>
    /// <exception cref="InvalidConfigurationException">The reason or the actor is not well-formed.</exception>
    public Task<OperationSnapshot> CancelAsync(string? reason = null, Principal? actor = null, CancellationToken cancellationToken = default)
    {
        var request = new CancelOperation { Actor = actor ?? client.Options.Actor, Reason = reason };
        Preflight.Check(request);
        return AskAsync("CancelOperation", grain => grain.Cancel(request), client.Patient, cancellationToken);
    }

    internal Task<OperationSnapshot> StartAsync(StartOperation request, CancellationToken cancellationToken)
    {
        Preflight.Check(Id, request);
        return AskAsync("StartOperation", grain => grain.Start(request), client.Patient, cancellationToken);
    }

    private async Task<OperationSnapshot> AskAsync(
        string call, Func<ISessionOperationGrain, ValueTask<OperationReply>> ask, Repetition repetition, CancellationToken cancellationToken)
    {
        var reply = await client.Caller.CallAsync(
            new CallSubject(call), () => ask(client.Grains.Operation(Id)), static reply => reply.Refusal, repetition, cancellationToken);
        return See(reply.Operation ?? throw new SessionException(new SessionError
        {
            Code = SessionErrorCode.Internal,
            Message = $"The silo answered {call} with neither an operation nor a refusal.",
        }));
    }

    /// <summary>Keeps the newest snapshot, whichever order answers arrive in.</summary>
    private OperationSnapshot See(OperationSnapshot answer)
    {
        for (var kept = lastSeen; !(kept?.Version > answer.Version);)
        {
            var found = Interlocked.CompareExchange(ref lastSeen, answer, kept);
            if (found == kept)
            {
                break;
            }

            kept = found;
        }

        return answer;
    }
}

namespace Sessions.Client;

/// <summary>
/// Waits for a place among the live sessions of a namespace, on behalf of one session. Where a line has forgotten it, it enters again with
/// the ticket that it had; where another maximum turns out to be full, it goes on waiting there.
/// </summary>
internal sealed class PlaceWait(SessionsClient client, SessionId session, ActivateSession command)
{
    // Short near the front, because the silo that was asked may die, and nobody tells a client that waits for it.
    private const int NearTheFront = 100;
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(2);

    private readonly CallSubject subject = CallSubject.Of(session, command) with { Name = "WaitForPlace" };

    /// <summary>Whether a refusal is one that waiting may overcome.</summary>
    public static bool CanHelp(SessionError refusal) =>
        refusal is { Code: SessionErrorCode.PolicyViolation, Dimension: "liveSessions", Namespace: not null };

    /// <summary>Waits until the session is live.</summary>
    /// <param name="full">Whose maximum refused it.</param>
    /// <param name="wait">How long to wait at most.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellationToken">Leaves the line; an activation that is under way may still be done.</param>
    /// <exception cref="PolicyViolationException">No place came free in time, or nobody may wait, or too many do.</exception>
    /// <exception cref="SessionException">Whatever else the activation was refused for when its turn had come.</exception>
    public async Task<SessionSnapshot> RunAsync(
        SessionNamespace full, TimeSpan wait, IProgress<QueuePlace>? progress, CancellationToken cancellationToken)
    {
        var (at, isOver) = (full, false);
        QueueTicket? ticket = null;
        try
        {
            while (true)
            {
                var reply = await EnterAsync(at, wait, ticket, cancellationToken);
                while (reply is { Place: { } place, Ticket: { } shown })
                {
                    ticket = shown;
                    progress?.Report(place);
                    reply = await WaitAsync(at, shown, place, cancellationToken);
                }

                if (reply.Snapshot is { } snapshot)
                {
                    isOver = true;
                    return snapshot;
                }

                if (reply.Refusal is { } refusal)
                {
                    if (!CanHelp(refusal) || refusal.Namespace == at)
                    {
                        isOver = true;
                        throw SessionException.From(refusal);
                    }

                    // There was room here, and there is none by another maximum, which counts the session too.
                    at = refusal.Namespace!.Value;
                }

                await Task.Delay(Pause, client.Time, cancellationToken);
            }
        }
        finally
        {
            if (!isOver)
            {
                await LeaveAsync(at, ticket ?? new QueueTicket(session, command.CommandId, default, default));
            }
        }
    }

    private Task<QueueReply> EnterAsync(SessionNamespace at, TimeSpan wait, QueueTicket? ticket, CancellationToken cancellationToken)
    {
        var request = new EnterQueue { Session = session, Command = command, Wait = wait, Ticket = ticket };
        return client.Caller.CallAsync(subject, () => client.Grains.Queue(at).Enter(request), Repeatable, cancellationToken);
    }

    private Task<QueueReply> WaitAsync(SessionNamespace at, QueueTicket ticket, QueuePlace place, CancellationToken cancellationToken)
    {
        var longest = place.Position <= NearTheFront ? ShortPatience : LongPatience;
        var half = client.Options.ResponseTimeout / 2;
        var patience = half < longest ? half : longest;
        return client.Caller.CallAsync(
            subject,
            () => client.Grains.Queue(at).Wait(ticket, patience),
            Repeatable,
            new Repetition(client.Options.RetryBudget, patience + Grace),
            cancellationToken);
    }

    /// <summary>Gives the place up. Should nobody hear of it, the place lapses by itself.</summary>
    private async Task LeaveAsync(SessionNamespace at, QueueTicket ticket)
    {
        try
        {
            await client.Grains.Queue(at).Leave(ticket).AsTask().WaitAsync(LeavePatience, client.Time);
        }
#pragma warning disable CA1031 // Whatever it is, also that the program is ending: the caller has a reason of its own to go, and is to hear of that one.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            client.LogPlaceNotLeft(session, at, fault.Message);
        }
    }

    /// <summary>What is asked again; every other refusal says something about the waiting.</summary>
    private static SessionError? Repeatable(QueueReply reply) => reply.Refusal is { Code: SessionErrorCode.Unavailable } refusal ? refusal : null;
}

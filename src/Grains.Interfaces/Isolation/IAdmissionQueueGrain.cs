using Orleans.Concurrency;

namespace Sessions;

/// <summary>
/// Who waits for a place among the live sessions of one namespace; see <see cref="GrainFactoryExtensions.GetAdmissionQueue"/> for its key.
/// The line is kept in memory: a caller whose ticket is not known any more enters again with it, and has about the place that it had.
/// Refusals are values in the replies.
/// </summary>
[Alias("sessions.IAdmissionQueueGrain")]
public interface IAdmissionQueueGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes a place in the line, or finds the one that the session has; repeating is safe. Where nobody may wait the session is activated if
    /// there is room, and refused if not.
    /// </summary>
    [Alias("Enter"), AlwaysInterleave]
    ValueTask<QueueReply> Enter(EnterQueue request);

    /// <summary>Waits for the outcome, or for <paramref name="patience"/>. Whoever has not asked for some seconds has left.</summary>
    /// <param name="ticket">What <see cref="Enter"/> gave.</param>
    /// <param name="patience">How long to wait, 0 to 10 s; more is cut to that.</param>
    [Alias("Wait"), AlwaysInterleave]
    ValueTask<QueueReply> Wait(QueueTicket ticket, TimeSpan patience);

    /// <summary>Gives the place up. An activation that is under way for it is not taken back.</summary>
    [Alias("Leave"), AlwaysInterleave]
    ValueTask Leave(QueueTicket ticket);
}

/// <summary>Asks for a place in the line.</summary>
[GenerateSerializer, Immutable, Alias("sessions.EnterQueue")]
public sealed record EnterQueue
{
    /// <summary>Which session is to become active. It lives in the line's namespace, or below it.</summary>
    [Id(0)]
    public SessionId Session { get; init; }

    /// <summary>The command that activates it when its turn has come.</summary>
    [Id(1)]
    public ActivateSession Command { get; init => field = value ?? new(); } = new();

    /// <summary>How long to wait at most, 1 s to 1 h; cut to what the policy permits.</summary>
    [Id(2)]
    public TimeSpan Wait { get; init; }

    /// <summary>The ticket of whoever has waited before, here or in another line; null for none.</summary>
    [Id(3)]
    public QueueTicket? Ticket { get; init; }
}

/// <summary>Shows who waits, and since when.</summary>
/// <param name="Session">Which session.</param>
/// <param name="Command">The command that activates it.</param>
/// <param name="Since">When it began to wait.</param>
/// <param name="Deadline">Until when it waits.</param>
[GenerateSerializer, Immutable, Alias("sessions.QueueTicket")]
public sealed record QueueTicket(
    [property: Id(0)] SessionId Session,
    [property: Id(1)] CommandId Command,
    [property: Id(2)] DateTimeOffset Since,
    [property: Id(3)] DateTimeOffset Deadline);

/// <summary>Where somebody stands in a line.</summary>
/// <param name="Namespace">For whose maximum it waits.</param>
/// <param name="Position">1 for whoever is next.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="Estimate">How long it will take, as fast as places came free lately; null while that is not known.</param>
[GenerateSerializer, Immutable, Alias("sessions.QueuePlace")]
public sealed record QueuePlace(
    [property: Id(0)] SessionNamespace Namespace,
    [property: Id(1)] int Position,
    [property: Id(2)] int Waiting,
    [property: Id(3)] TimeSpan? Estimate);

/// <summary>
/// The answer to whoever waits: a place with its ticket, or the outcome, which is a snapshot or a refusal. None of them where the line does
/// not know the ticket, and it is to enter again.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.QueueReply")]
public sealed record QueueReply
{
    /// <summary>Where it stands; null when it does not wait.</summary>
    [Id(0)]
    public QueuePlace? Place { get; init; }

    /// <summary>What to show next time; null when it does not wait.</summary>
    [Id(1)]
    public QueueTicket? Ticket { get; init; }

    /// <summary>The session once it is live.</summary>
    [Id(2)]
    public SessionSnapshot? Snapshot { get; init; }

    /// <summary>Why it will not be, or not from here.</summary>
    [Id(3)]
    public SessionError? Refusal { get; init; }
}

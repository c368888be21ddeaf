namespace Sessions;

/// <summary>
/// One durable subscription: whose it is, what it reads, and how far its owner has got. See <see cref="GrainFactoryExtensions.GetSubscription"/>
/// for its key. Everything may be repeated.
/// </summary>
[Alias("sessions.ISubscriptionGrain")]
public interface ISubscriptionGrain : IGrainWithStringKey
{
    /// <summary>Answers with the subscription; the first time it is made as stated, later what is stated must be what it is.</summary>
    [Alias("Open")]
    ValueTask<SubscriptionReply> Open(SubscriptionRequest request);

    /// <summary>Keeps a cursor. One that is not beyond what is kept changes nothing.</summary>
    /// <param name="cursor">The cursor of the last event that the owner has dealt with.</param>
    /// <param name="owner">Who says so.</param>
    [Alias("Checkpoint")]
    ValueTask<SubscriptionReply> Checkpoint(EventCursor cursor, Principal owner);

    /// <summary>Forgets the subscription, if there is one.</summary>
    /// <param name="owner">Who wants it.</param>
    [Alias("Delete")]
    ValueTask<SubscriptionReply> Delete(Principal owner);
}

/// <summary>What a subscription is to be, or has to be.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SubscriptionRequest")]
public sealed record SubscriptionRequest
{
    /// <summary>What it reads.</summary>
    [Id(0)]
    public EventQuery? Query { get; init; }

    /// <summary>Whose it is.</summary>
    [Id(1)]
    public Principal Owner { get; init; }

    /// <summary>Where it starts, if it is new.</summary>
    [Id(2)]
    public EventCursor From { get; init; }
}

/// <summary>The answer about a subscription: it, or the refusal.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SubscriptionReply")]
public sealed record SubscriptionReply
{
    /// <summary>The subscription; null when refused, and after it was deleted.</summary>
    [Id(0)]
    public SubscriptionSnapshot? Subscription { get; init; }

    /// <summary>Why it was refused.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }
}

/// <summary>A durable subscription as it stands.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SubscriptionSnapshot")]
public sealed record SubscriptionSnapshot
{
    /// <summary>The namespace that it reads.</summary>
    [Id(0)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>Whether it reads the namespaces below too.</summary>
    [Id(1)]
    public bool IncludeBelow { get; init; }

    /// <summary>Whose it is.</summary>
    [Id(2)]
    public Principal Owner { get; init; }

    /// <summary>How far its owner has got.</summary>
    [Id(3)]
    public EventCursor Cursor { get; init; }

    /// <summary>Since when there is one.</summary>
    [Id(4)]
    public DateTimeOffset OpenedAt { get; init; }

    /// <summary>When the cursor was moved last; null if it never was.</summary>
    [Id(5)]
    public DateTimeOffset? CheckpointAt { get; init; }
}

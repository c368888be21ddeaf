namespace Sessions;

/// <summary>
/// One operation over many sessions, keyed by the text of its <see cref="OperationId"/>. It goes on in the background, wherever its
/// silo is lost. Refusals are values in the reply.
/// </summary>
[Alias("sessions.ISessionOperationGrain")]
public interface ISessionOperationGrain : IGrainWithStringKey
{
    /// <summary>Starts the operation. Safe to repeat: the same request answers with the operation as it is, another is refused.</summary>
    [Alias("Start")]
    ValueTask<OperationReply> Start(StartOperation request);

    /// <summary>The operation as it stands.</summary>
    [Alias("Get")]
    ValueTask<OperationReply> Get();

    /// <summary>Waits until the operation has passed <paramref name="version"/>, or for <paramref name="patience"/>, and answers as it stands then.</summary>
    /// <param name="version">The version that the caller has seen.</param>
    /// <param name="patience">How long to wait, 0 to 10 s; more is cut to that.</param>
    [Alias("WaitForChange")]
    ValueTask<OperationReply> WaitForChange(long version, TimeSpan patience);

    /// <summary>Cancels the operation: no session more is told anything. What is done stays done. Changes nothing where it has ended.</summary>
    [Alias("Cancel")]
    ValueTask<OperationReply> Cancel(CancelOperation request);
}

/// <summary>Tells every session that a query means the same.</summary>
[GenerateSerializer, Immutable, Alias("sessions.StartOperation")]
public sealed record StartOperation
{
    /// <summary>What they are told: Close or Pause.</summary>
    [Id(0)]
    public SessionVerb Verb { get; init; }

    /// <summary>Which sessions; it names a namespace.</summary>
    [Id(1)]
    public SessionQuery Query { get; init => field = value ?? SessionQuery.All; } = SessionQuery.All;

    /// <summary>Who asks.</summary>
    [Id(2)]
    public Principal Actor { get; init; }

    /// <summary>Why, at most 480 characters; kept with every change, behind the operation's id.</summary>
    [Id(3)]
    public string? Reason { get; init; }
}

/// <summary>Cancels an operation.</summary>
[GenerateSerializer, Immutable, Alias("sessions.CancelOperation")]
public sealed record CancelOperation
{
    /// <summary>Who asks.</summary>
    [Id(0)]
    public Principal Actor { get; init; }

    /// <summary>Why, at most 480 characters.</summary>
    [Id(1)]
    public string? Reason { get; init; }
}

/// <summary>The answer about an operation: it, or the refusal, never both.</summary>
[GenerateSerializer, Immutable, Alias("sessions.OperationReply")]
public sealed record OperationReply
{
    /// <summary>The operation as it is now; null when refused.</summary>
    [Id(0)]
    public OperationSnapshot? Operation { get; init; }

    /// <summary>Why it was refused.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }
}

namespace Sessions;

/// <summary>Asks for the admission of one execution, without a lease.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ExecutionRequest")]
public sealed record ExecutionRequest
{
    /// <summary>Names the execution; asking again under the same id is answered alike while it runs.</summary>
    [Id(0)]
    public ExecutionId Execution { get; init; }

    /// <summary>Who asks; only this holder can settle.</summary>
    [Id(1)]
    public HolderId Holder { get; init; }

    /// <summary>What is to run.</summary>
    [Id(2)]
    public AdmissionRequest Admission { get; init; }

    /// <summary>How long it may run before it has to ask for more, 100 ms to 1 h; null for the length of a lease.</summary>
    [Id(3)]
    public TimeSpan? RunFor { get; init; }

    /// <summary>The highest version of the session that the caller has seen.</summary>
    [Id(4)]
    public long SeenVersion { get; init; }

    /// <summary>
    /// With a request for more time: how long it has run. A session that another node has taken over learns by it what runs.
    /// </summary>
    [Id(5)]
    public TimeSpan Elapsed { get; init; }

    /// <summary>With a request for more time: the highest <see cref="ExecutionReply.Epoch"/> that the caller has heard.</summary>
    [Id(6)]
    public long Epoch { get; init; }
}

/// <summary>The answer to an <see cref="ExecutionRequest"/>, or to the request for more time.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ExecutionReply")]
public sealed record ExecutionReply
{
    /// <summary>Whether it may run.</summary>
    [Id(0)]
    public AdmissionDecision Decision { get; init; } = new();

    /// <summary>
    /// How long it may run, counted by the caller from before it asked; compute time bounds it. Whoever does not settle or ask for
    /// more by then is counted as abandoned.
    /// </summary>
    [Id(1)]
    public TimeSpan RunFor { get; init; }

    /// <summary>
    /// Within what time it has to start, counted by the caller from before it asked. An answer that comes later admits nothing: the
    /// session may have been paused since.
    /// </summary>
    [Id(3)]
    public TimeSpan StartWithin { get; init; }

    /// <inheritdoc cref="LeaseTerms.Epoch"/>
    [Id(2)]
    public long Epoch { get; init; }

    /// <summary>
    /// How long it goes on running after that time while the caller looks for somebody who answers; zero where compute time is
    /// limited, and from sessions that do not know it.
    /// </summary>
    [Id(4)]
    public TimeSpan RunGrace { get; init; }
}

/// <summary>Reports the end of one execution.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ExecutionSettlement")]
public sealed record ExecutionSettlement
{
    /// <summary>Which execution.</summary>
    [Id(0)]
    public ExecutionId Execution { get; init; }

    /// <summary>Whose.</summary>
    [Id(1)]
    public HolderId Holder { get; init; }

    /// <summary>How it ended.</summary>
    [Id(2)]
    public ExecutionOutcome Outcome { get; init; }

    /// <summary>How long it ran; not negative.</summary>
    [Id(3)]
    public TimeSpan Duration { get; init; }

    /// <summary>What ran, for a session that another node has taken over; default from callers that do not say.</summary>
    [Id(4)]
    public AdmissionRequest Admission { get; init; }

    /// <summary>
    /// Whether the execution never began: its caller had stopped waiting, or the answer came too late. It does not count as an execution, and
    /// a request under its id that is still under way is refused. A session of an earlier release goes by the outcome.
    /// </summary>
    [Id(5)]
    public bool NeverBegan { get; init; }
}

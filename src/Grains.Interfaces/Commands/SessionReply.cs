namespace Sessions;

/// <summary>The answer to a command or a question: a snapshot, or the refusal, never both.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionReply")]
public sealed record SessionReply
{
    /// <summary>The session as it is now; null when refused.</summary>
    [Id(0)]
    public SessionSnapshot? Snapshot { get; init; }

    /// <summary>Why the command was refused; null when it was done.</summary>
    [Id(1)]
    public SessionError? Refusal { get; init; }

    /// <summary>The version that the command made; on a replay the one it made then, which the snapshot may have passed since.</summary>
    [Id(2)]
    public long Version { get; init; }

    /// <summary>Whether the command had been done before and its recorded answer was given again.</summary>
    [Id(3)]
    public bool Replayed { get; init; }
}

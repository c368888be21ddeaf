namespace Sessions;

/// <summary>The answer to <see cref="OpenChildSession"/>: both sessions, or the refusal, never both.</summary>
[GenerateSerializer, Immutable, Alias("sessions.OpenChildReply")]
public sealed record OpenChildReply
{
    /// <summary>The child as it is now; null when refused.</summary>
    [Id(0)]
    public SessionSnapshot? Child { get; init; }

    /// <summary>The session that opened it, as it is now; null when refused.</summary>
    [Id(1)]
    public SessionSnapshot? Parent { get; init; }

    /// <summary>Why no child was opened; null when one was.</summary>
    [Id(2)]
    public SessionError? Refusal { get; init; }

    /// <summary>Whether the command had been done before.</summary>
    [Id(3)]
    public bool Replayed { get; init; }
}

namespace Sessions.Core;

/// <summary>
/// What is known of the answers that a session does not hold in its record any more: which of them are kept in the store beside it, until
/// when, and up to which instant of issue some are forgotten. Instants of issue are those that command ids state.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.AnswerHistory")]
internal sealed record AnswerHistory
{
    /// <summary>The newest instant of issue of all commands that were answered; null while none states one.</summary>
    [Id(0)]
    public DateTimeOffset? Newest { get; init; }

    /// <summary>The same of commands whose clock was too far ahead to be believed: <see cref="Newest"/> is without them.</summary>
    [Id(1)]
    public DateTimeOffset? Ahead { get; init; }

    /// <summary>Answers up to this version are past their window at <see cref="SealedUntil"/>.</summary>
    [Id(2)]
    public long Sealed { get; init; }

    /// <summary>When the sealed answers are past their window; null while none are sealed.</summary>
    [Id(3)]
    public DateTimeOffset? SealedUntil { get; init; }

    /// <summary>The newest instant of issue of the sealed answers and of those before them.</summary>
    [Id(4)]
    public DateTimeOffset? SealedNewest { get; init; }

    /// <summary>Answers up to this version are past their window: what leaves the record of them is forgotten.</summary>
    [Id(5)]
    public long Expired { get; init; }

    /// <summary>The newest instant of issue of the expired answers.</summary>
    [Id(6)]
    public DateTimeOffset? ExpiredNewest { get; init; }

    /// <summary>The newest version of an answer that is kept in the store beside the record; 0 if none is.</summary>
    [Id(7)]
    public long Kept { get; init; }

    /// <summary>Commands that were issued up to then may be forgotten; null while none that states its instant is.</summary>
    [Id(8)]
    public DateTimeOffset? Forgotten { get; init; }
}

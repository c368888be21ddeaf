namespace Sessions.Cli.Output;

/// <summary>An event for machines. Every field is always there; null says that the event does not tell; the log of one session has no cursors.</summary>
internal sealed record EventJson(
    EventCursor? Cursor,
    SessionId SessionId,
    long Sequence,
    SessionEventType Type,
    SessionNamespace Namespace,
    SessionAddress Address,
    DateTimeOffset At,
    long Version,
    SessionStatus Status,
    SessionCause Cause,
    DateTimeOffset? ExpiresAt,
    EndReason? EndReason,
    string? Failure,
    SessionId? Peer,
    string[]? Operations,
    long? PolicyRevision,
    UsageJson? Usage)
{
    public static EventJson Of(EventCursor? cursor, SessionEvent e) => new(
        cursor,
        e.SessionId,
        e.Sequence,
        e.Type,
        e.Namespace,
        e.Address,
        e.At,
        e.Version,
        e.Status,
        e.Cause,
        e.ExpiresAt,
        e.EndReason,
        e.Failure,
        e.Peer,
        e.Operations is { } operations ? Names(operations) : null,
        e.PolicyRevision,
        e.Usage is { } usage ? UsageJson.Of(usage) : null);

    private static string[] Names(DataOperations operations) =>
    [
        .. operations.HasFlag(DataOperations.Read) ? (string[])["read"] : [],
        .. operations.HasFlag(DataOperations.Write) ? (string[])["write"] : [],
    ];
}

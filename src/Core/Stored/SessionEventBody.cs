namespace Sessions.Core.Stored;

/// <summary>What the log keeps of an event beside its columns.</summary>
internal sealed record SessionEventBody
{
    public SessionAddress Address { get; init; }

    /// <summary>The exact instant; the column of that name is cut to microseconds.</summary>
    public DateTimeOffset At { get; init; }

    public long Version { get; init; }

    public CommandId? CommandId { get; init; }

    public SessionStatus Status { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public EndReason? EndReason { get; init; }

    public string? Failure { get; init; }

    public SessionUsage? Usage { get; init; }

    public SessionId? Peer { get; init; }

    public DataOperations? Operations { get; init; }

    public long? PolicyRevision { get; init; }

    public static SessionEventBody Of(SessionEvent e) => new()
    {
        Address = e.Address,
        At = e.At,
        Version = e.Version,
        CommandId = e.Cause.CommandId,
        Status = e.Status,
        ExpiresAt = e.ExpiresAt,
        EndReason = e.EndReason,
        Failure = e.Failure,
        Usage = e.Usage,
        Peer = e.Peer,
        Operations = e.Operations,
        PolicyRevision = e.PolicyRevision,
    };
}

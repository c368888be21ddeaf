namespace Sessions.Client;

/// <summary>What became of one message that asked.</summary>
/// <param name="Number">Counts the messages that asked for this session from 1.</param>
/// <param name="Reply">The answer.</param>
/// <param name="IsVoid">Whether it came too late to count.</param>
internal sealed record LeaseAnswer(long Number, LeaseReply Reply, bool IsVoid)
{
    /// <summary>Why nothing is admitted, if that is the session's last word.</summary>
    public SessionError? Refusal => IsVoid || Reply.Refusal?.Code == SessionErrorCode.LeaseNotFound ? null : Reply.Refusal;

    /// <summary>What the session has looked for in vain.</summary>
    public SessionError? Shortage => Reply.Terms?.Shortage;

    /// <summary>That the session could not answer now, or not say whether a limit is reached, which is worth another try.</summary>
    public SessionError? Unavailable => (Reply.Refusal ?? Shortage) is { Code: SessionErrorCode.Unavailable } refusal ? refusal : null;
}

namespace Sessions.Client;

public sealed partial class SessionContext
{
    /// <summary>The session's data, for as long as this execution runs: once it has ended, or is to end, every call is refused.</summary>
    public SessionData Data => field ??= Handle.DataWithin(this);

    /// <summary>An execution that is over, or is to end, touches nothing more.</summary>
    internal void ThrowIfOver()
    {
        if (Error is { } said)
        {
            throw SessionException.From(said);
        }

        if (HasEnded)
        {
            throw SessionException.From(new SessionError
            {
                Code = SessionErrorCode.ExecutionNotFound,
                SessionId = SessionId,
                Message = $"The execution of {Function} has ended, so that it touches no data any more.",
            });
        }
    }
}

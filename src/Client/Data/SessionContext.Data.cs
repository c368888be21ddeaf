namespace Sessions.Client;

public sealed partial class SessionContext
{
    /// <summary>The session's data, for as long as this execution runs: once it has ended, or is to end, every call is refused.</summary>
    public SessionData Data => field ??= Handle.DataWithin(this);

    /// <summary>
    /// Another session's data, on behalf of this one: as far as this session has <see cref="SessionPermissions.ReadCrossSession"/> or
    /// <see cref="SessionPermissions.WriteCrossSession"/>, the other's rules let it, and the policies of the other's namespace do. What is
    /// not let is refused with <see cref="PermissionDeniedException"/> or <see cref="PolicyViolationException"/>, which name the rule that
    /// decided; a session of another tenant that does not let this one in is not found.
    /// </summary>
    /// <param name="other">Whose data. Keep what is returned: it never shows anything older than it has shown.</param>
    public SessionData Session(SessionId other) => other == SessionId ? Data : Handle.DataOf(other, this);

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

using Microsoft.Extensions.Logging;

namespace Sessions.Grains.Session;

internal sealed partial class SessionGrain
{
    [LoggerMessage(101, LogLevel.Information, "Session {SessionId}: another activation committed before version {Version}; reading again.")]
    private partial void LogLostRace(SessionId sessionId, long version);

    [LoggerMessage(102, LogLevel.Error, "Session {SessionId}: whether version {Version} was written is not known; letting go of what is in memory.")]
    private partial void LogOutcomeUnknown(Exception exception, SessionId sessionId, long version);

    [LoggerMessage(103, LogLevel.Warning, "Session {SessionId}: version {Version} was not written; the store cannot be reached.")]
    private partial void LogNotWritten(Exception exception, SessionId sessionId, long version);

    [LoggerMessage(104, LogLevel.Warning, "Session {SessionId}: the store could not be read: {Why}")]
    private partial void LogUnread(SessionId sessionId, string why);

    [LoggerMessage(108, LogLevel.Information, "Session {SessionId}: held at version {Held}, and the store has version {Found}; another activation changed it. Reading again.")]
    private partial void LogChangedElsewhere(SessionId sessionId, long held, long found);

    [LoggerMessage(106, LogLevel.Information, "Session {SessionId}: who counts {Namespace} could not be asked early; the store decides alone.")]
    private partial void LogNotAsked(Exception exception, SessionId sessionId, SessionNamespace @namespace);
}

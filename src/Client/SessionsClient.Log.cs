using Microsoft.Extensions.Logging;

namespace Sessions.Client;

public sealed partial class SessionsClient
{
    [LoggerMessage(EventId = 30, Level = LogLevel.Information, Message = "The cluster does not offer sessions yet: {Fault}")]
    private partial void LogNotOffered(string fault);

    [LoggerMessage(EventId = 31, Level = LogLevel.Information, Message = "The place of {SessionId} in the line of {Namespace} was not given up, and so has to lapse: {Fault}")]
    internal partial void LogPlaceNotLeft(SessionId sessionId, SessionNamespace @namespace, string fault);

    [LoggerMessage(EventId = 32, Level = LogLevel.Warning,
        Message = "Session {SessionId} was created and not activated, and could not be closed; it stays until it expires: {Fault}")]
    internal partial void LogNotClosed(SessionId sessionId, string fault);
}

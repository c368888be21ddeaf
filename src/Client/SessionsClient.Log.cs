using Microsoft.Extensions.Logging;

namespace Sessions.Client;

public sealed partial class SessionsClient
{
    [LoggerMessage(EventId = 30, Level = LogLevel.Information, Message = "The cluster does not offer sessions yet: {Fault}")]
    private partial void LogNotOffered(string fault);
}

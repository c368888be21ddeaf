using Microsoft.Extensions.Logging;

namespace Sessions.Client;

internal sealed partial class GatewayList
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The gateway's host {Host} has no address: {Fault}")]
    private partial void LogNameNotFound(string host, string fault);
}

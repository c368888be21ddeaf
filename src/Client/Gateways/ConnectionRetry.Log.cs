using Microsoft.Extensions.Logging;

namespace Sessions.Client;

internal sealed partial class ConnectionRetry
{
    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "Attempt {Attempt} to connect failed, the next is in {Delay}: {Fault}")]
    private partial void LogNotConnected(int attempt, TimeSpan delay, string fault);
}

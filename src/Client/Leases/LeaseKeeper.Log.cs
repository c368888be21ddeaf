using Microsoft.Extensions.Logging;

namespace Sessions.Client;

internal sealed partial class LeaseKeeper
{
    [LoggerMessage(EventId = 40, Level = LogLevel.Information, Message = "The lease of {SessionId} could not be asked for: {Fault}")]
    private partial void LogNotAsked(SessionId sessionId, string fault);

    [LoggerMessage(EventId = 41, Level = LogLevel.Information, Message = "The lease of {SessionId} was not given back, and so has to run out: {Fault}")]
    private partial void LogNotReported(SessionId sessionId, string fault);

    [LoggerMessage(EventId = 42, Level = LogLevel.Information, Message = "The session {SessionId} did not take the last report upon its lease: {Refusal}")]
    private partial void LogReportRefused(SessionId sessionId, string refusal);

    [LoggerMessage(EventId = 43, Level = LogLevel.Warning, Message = "{Count} leases were not given back in time, and have to run out.")]
    private partial void LogNotReturned(int count);

    [LoggerMessage(EventId = 44, Level = LogLevel.Warning, Message = "An execution of {SessionId} could not be kept or settled, and so will count as abandoned: {Fault}")]
    private partial void LogNotSettled(SessionId sessionId, string fault);
}

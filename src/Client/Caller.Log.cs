using Microsoft.Extensions.Logging;

namespace Sessions.Client;

internal sealed partial class Caller
{
    [LoggerMessage(EventId = 20, Level = LogLevel.Warning,
        Message = "{Call} of {SessionId} under command {CommandId} was not done, or has an unknown outcome, after attempt {Attempt}; repeating in {Pause}: {Fault}")]
    private partial void LogRepeating(string call, SessionId? sessionId, CommandId? commandId, int attempt, TimeSpan pause, string fault);

    [LoggerMessage(EventId = 21, Level = LogLevel.Error,
        Message = "{Call} of {SessionId} has an unknown outcome after {Attempts} attempts, and the retry budget is used up: {Fault}")]
    private partial void LogGaveUp(string call, SessionId? sessionId, int attempts, string fault);

    [LoggerMessage(EventId = 22, Level = LogLevel.Error,
        Message = "{Call} of {SessionId} was not done in {Attempts} attempts, and the retry budget is used up; nothing was changed: {Fault}")]
    private partial void LogNotDone(string call, SessionId? sessionId, int attempts, string fault);
}

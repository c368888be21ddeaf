using Microsoft.Extensions.Logging;

namespace Sessions.Grains.Session;

internal sealed partial class SessionAdmission
{
    [LoggerMessage(181, LogLevel.Information, "Session {SessionId}: took the right to grant over from epoch {Before} with epoch {After}.")]
    private partial void LogTookOver(SessionId sessionId, long before, long after);

    [LoggerMessage(182, LogLevel.Information, "Session {SessionId}: holder {Holder} did not answer; its lease runs out.")]
    private partial void LogNotRecalled(Exception exception, SessionId sessionId, HolderId holder);

    [LoggerMessage(183, LogLevel.Warning, "Session {SessionId}: the report of holder {Holder} was refused: {Reason}")]
    private partial void LogReportRefused(SessionId sessionId, HolderId holder, string reason);
}

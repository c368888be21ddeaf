using Microsoft.Extensions.Logging;

namespace Sessions.Storage.Sqlite.Writing;

internal sealed partial class GroupCommitWriter
{
    [LoggerMessage(3201, LogLevel.Error, "The outcome of a batch of {Count} writes is not known.")]
    private partial void LogOutcomeUnknown(Exception exception, int count);

    [LoggerMessage(3202, LogLevel.Warning, "A batch of {Count} writes was not written.")]
    private partial void LogNotWritten(Exception exception, int count);

    [LoggerMessage(3203, LogLevel.Warning, "A batch of {Count} writes took {Seconds} s.")]
    private partial void LogSlowBatch(int count, double seconds);

    [LoggerMessage(3204, LogLevel.Warning, "The writer could not roll back; it opens the file again.")]
    private partial void LogReopened(Exception exception);
}

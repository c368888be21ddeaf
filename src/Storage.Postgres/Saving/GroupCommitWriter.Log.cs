using Microsoft.Extensions.Logging;

namespace Sessions.Storage.Postgres.Saving;

internal sealed partial class GroupCommitWriter
{
    [LoggerMessage(3001, LogLevel.Warning, "The outcome of {Saves} saves is not known.")]
    private partial void LogOutcomeUnknown(Exception exception, int saves);

    [LoggerMessage(3002, LogLevel.Warning, "{Saves} saves were not written.")]
    private partial void LogNotWritten(Exception exception, int saves);

    [LoggerMessage(3003, LogLevel.Information, "A batch of {Saves} saves was undone by the database in attempt {Attempt} and is repeated.")]
    private partial void LogDisturbed(Exception exception, int saves, int attempt);

    [LoggerMessage(3004, LogLevel.Warning, "A batch of {Saves} saves took {Seconds:F1} s.")]
    private partial void LogSlowBatch(int saves, double seconds);
}

using Microsoft.Extensions.Logging;

namespace Sessions.Storage.Postgres.Due;

internal sealed partial class PostgresDueSessions
{
    [LoggerMessage(3111, LogLevel.Information, "A sweep met others at its rows (attempt {Attempt}); it is done again.")]
    private partial void LogSweepDisturbed(Exception exception, int attempt);

    [LoggerMessage(3112, LogLevel.Warning, "The database refused what a sweep wanted to write; the sessions are left to their grains.")]
    private partial void LogSweepRefused(Exception exception);
}

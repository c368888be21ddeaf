using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Copy;
using Sessions.Storage.Postgres.Migrations;

namespace Sessions.Storage.Postgres.Copy;

/// <summary>
/// Fills an empty database with what another store holds. One transaction: whoever looks finds all of it, counted and found right, or
/// nothing.
/// </summary>
internal sealed class CopyTarget(string connectionString, ILoggerFactory loggers)
{
    private readonly string connectionString = new NpgsqlConnectionStringBuilder(connectionString)
    {
        // Loading and counting take as long as they take.
        CommandTimeout = 0,
        Enlist = false,
    }.ConnectionString;

    /// <summary>Brings the schema up to date and copies.</summary>
    /// <returns>What was counted on both sides, which is the same.</returns>
    /// <exception cref="CopyRefusedException">The database is not empty, or a node uses it.</exception>
    /// <exception cref="CopyMismatchException">The counts differ; nothing was kept.</exception>
    /// <exception cref="StoreUnavailableException">The database could not do it; nothing was kept.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Whether the copy was committed is not known.</exception>
    public async Task<ImmutableArray<CopyLine>> CopyAsync(ICopySource source, CancellationToken cancellationToken)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await new MigrationRunner(dataSource, loggers.CreateLogger<MigrationRunner>()).RunAsync(cancellationToken);
        var committing = false;
        try
        {
            await using var states = new StagedStates(dataSource, connectionString, loggers);
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await CopyChecks.RunAsync(connection, cancellationToken);
            await states.WriteAsync(source, cancellationToken);
            await new CopyTables(connection, cancellationToken).WriteAsync(source);
            await states.MoveAsync(connection, cancellationToken);

            var lines = source.Count().Compare(await CopyChecks.CountAsync(connection, cancellationToken));
            if (lines.Any(line => !line.Agrees))
            {
                throw new CopyMismatchException(lines);
            }

            committing = true;
            await transaction.CommitAsync(CancellationToken.None);
            return lines;
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            throw committing && e is not PostgresException
                ? new StoreOutcomeUnknownException(
                    $"Whether the copy was committed is not known: {e.Message} Copy again: a database that is not empty then says that it was.", e)
                : new StoreUnavailableException($"The database did not take the copy: {Describe(e)} Nothing was kept of it.", e);
        }
    }

    private static string Describe(Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } denied =>
            $"{denied.MessageText}. Connect as the role that owns the schema 'sessions'.",
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            "another program holds locks on its tables. Stop that program.",
        PostgresException refused => $"{refused.MessageText} ({refused.SqlState}{(refused.Where is { } where ? ", " + OneLine(where) : "")}).",
        _ => OneLine(e.Message),
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}

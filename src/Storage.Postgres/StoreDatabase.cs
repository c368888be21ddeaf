using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Reading;
using Sessions.Storage.Postgres.Saving;
using Sessions.Storage.Postgres.Server;

namespace Sessions.Storage.Postgres;

/// <summary>What the ports of one PostgreSQL database share.</summary>
internal sealed class StoreDatabase : IAsyncDisposable
{
    /// <summary>Takes everything the ports need; no connection is opened yet.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public StoreDatabase(NpgsqlDataSource dataSource, PostgresStoreOptions options, TimeProvider clock, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(loggers);
        options.Validate();
        DataSource = dataSource;
        Loggers = loggers;
        Writer = new GroupCommitWriter(dataSource, options, Limits, clock, loggers.CreateLogger<GroupCommitWriter>());
        Saving = new SaveActivity(clock);
    }

    /// <summary>Gives connections; its owner disposes of it.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>Makes the loggers of the ports.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Writes the saves of all callers.</summary>
    public GroupCommitWriter Writer { get; }

    /// <summary>The namespaces whose live sessions are counted, as far as known; every port that saves adds to them and goes by them.</summary>
    public KnownLimits Limits { get; } = new();

    /// <summary>Whether saves are on their way, which the sweeper makes way for.</summary>
    public SaveActivity Saving { get; }

    /// <summary>The answer that a stored body cannot be read.</summary>
    public static StoreUnavailableException Unreadable(Exception e) => new($"The database's answer cannot be read: {e.Message}", e);

    /// <summary>Runs one read, again if the connection had died before.</summary>
    /// <exception cref="StoreUnavailableException">The database could not answer, or the answer cannot be read.</exception>
    public async ValueTask<ImmutableArray<T>> QueryAsync<T>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await new StoreQuery<T>(DataSource, sql, parameters, read).RunAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            FormerPrimary.LeaveIfItWas(DataSource, e);
            throw new StoreUnavailableException($"The database could not answer: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw Unreadable(e);
        }
    }

    /// <summary>Refuses the saves that wait, and ends when those on their way have ended.</summary>
    public ValueTask DisposeAsync() => Writer.DisposeAsync();
}

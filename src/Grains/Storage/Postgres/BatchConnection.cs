using Npgsql;

namespace Sessions.Storage.Postgres;

/// <summary>A connection with the prepared statement, opened when it is needed and kept until it fails or is disposed.</summary>
internal sealed class BatchConnection(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private NpgsqlConnection? connection;
    private NpgsqlCommand? command;

    /// <summary>The statement, ready to be sent. While this fails nothing has been written.</summary>
    public async Task<NpgsqlCommand> OpenAsync()
    {
        if (command is not null)
        {
            return command;
        }

        connection = await dataSource.OpenConnectionAsync(CancellationToken.None);
        var opened = SaveStatement.CreateCommand(connection);
        await opened.PrepareAsync(CancellationToken.None);
        return command = opened;
    }

    /// <summary>Gives the connection back to the pool, which keeps it if it is sound.</summary>
    public async ValueTask DisposeAsync()
    {
        if (command is not null)
        {
            await command.DisposeAsync();
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        (connection, command) = (null, null);
    }
}

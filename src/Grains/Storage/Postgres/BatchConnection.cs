using Npgsql;

namespace Sessions.Storage.Postgres;

/// <summary>A connection with the prepared statements, opened when it is needed and kept until it fails or is disposed.</summary>
internal sealed class BatchConnection(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private NpgsqlConnection? connection;
    private NpgsqlCommand? plain;
    private NpgsqlCommand? withExecutions;

    /// <summary>The statement, ready to be sent. While this fails nothing has been written.</summary>
    /// <param name="executions">See <see cref="SaveStatement.CreateCommand"/>.</param>
    public async Task<NpgsqlCommand> OpenAsync(bool executions)
    {
        connection ??= await dataSource.OpenConnectionAsync(CancellationToken.None);
        return executions
            ? withExecutions ??= await PrepareAsync(connection, executions)
            : plain ??= await PrepareAsync(connection, executions);
    }

    /// <summary>Gives the connection back to the pool, which keeps it if it is sound.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var command in (NpgsqlCommand?[])[plain, withExecutions])
        {
            if (command is not null)
            {
                await command.DisposeAsync();
            }
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        (connection, plain, withExecutions) = (null, null, null);
    }

    private static async Task<NpgsqlCommand> PrepareAsync(NpgsqlConnection connection, bool executions)
    {
        var command = SaveStatement.CreateCommand(connection, executions);
        await command.PrepareAsync(CancellationToken.None);
        return command;
    }
}

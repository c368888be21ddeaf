using Npgsql;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>A connection with the prepared statements, opened when it is needed and kept until it fails or is disposed.</summary>
internal sealed class BatchConnection(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private readonly Dictionary<SaveParts, NpgsqlCommand> commands = [];
    private NpgsqlConnection? connection;

    /// <summary>The statement, ready to be sent. While this fails nothing has been written.</summary>
    public async Task<NpgsqlCommand> OpenAsync(SaveParts parts)
    {
        connection ??= await dataSource.OpenConnectionAsync(CancellationToken.None);
        if (!commands.TryGetValue(parts, out var command))
        {
            command = SaveStatement.CreateCommand(connection, parts);
            await command.PrepareAsync(CancellationToken.None);
            commands.Add(parts, command);
        }

        return command;
    }

    /// <summary>Gives the connection back to the pool, which keeps it if it is sound.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var command in commands.Values)
        {
            await command.DisposeAsync();
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        commands.Clear();
        connection = null;
    }
}

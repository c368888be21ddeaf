using System.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Storage.Postgres.Migrations;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>A migrated database with the stored queries, run as the providers run them: by key, with parameters by name.</summary>
public sealed class OrleansQueries : IAsyncLifetime
{
    private readonly Dictionary<string, string> texts = [];

    internal NpgsqlDataSource Source { get; private set; } = null!;

    public IReadOnlyDictionary<string, string> Texts => texts;

    public async Task InitializeAsync()
    {
        if (PostgresServer.SkipReason is not null)
        {
            return;
        }

        Source = NpgsqlDataSource.Create(await (await PostgresServer.Shared).CreateDatabaseAsync());
        await new MigrationRunner(Source, NullLogger.Instance).RunAsync(default);
        await using var command = Source.CreateCommand("SELECT QueryKey, QueryText FROM OrleansQuery");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0), reader.GetString(1));
        }
    }

    public async Task DisposeAsync()
    {
        if (Source is not null)
        {
            await Source.DisposeAsync();
        }
    }

    /// <summary>The first column of the first row; null if there is no row.</summary>
    internal async Task<object?> RunAsync(string key, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await Source.OpenConnectionAsync();
        return await RunAsync(connection, key, parameters);
    }

    /// <inheritdoc cref="RunAsync(string, ValueTuple{string, object?}[])"/>
    internal async Task<object?> RunAsync(NpgsqlConnection connection, string key, params (string Name, object? Value)[] parameters)
    {
        await using var command = new NpgsqlCommand(Texts[key], connection);
        foreach (var (name, value) in parameters)
        {
            var parameter = new NpgsqlParameter(name, value ?? DBNull.Value);
            if (value is null)
            {
                // The providers give nulls their type, which a null alone does not have.
                parameter.DbType = name == "GrainStateVersion" ? DbType.Int32 : DbType.String;
            }

            command.Parameters.Add(parameter);
        }

        return await command.ExecuteScalarAsync();
    }
}

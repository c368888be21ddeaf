using Npgsql;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Behaviour;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

[NeedsPostgres]
public sealed class PostgresSessionStoreTests(PostgresDatabase database) : SessionStoreBehaviour, IClassFixture<PostgresDatabase>
{
    private readonly List<PostgresStorage> opened = [];

    internal override async Task<SessionStorage> OpenAsync()
    {
        var store = database.Open().OpenStore();
        opened.Add(store);
        await store.Sessions.InitializeAsync(default);
        return store;
    }

    /// <summary>The tables, of whatever schema and migration, with a row that has the session's id or address in it.</summary>
    internal override async Task<IReadOnlyCollection<string>> KeptOfAsync(SessionRecord record)
    {
        var source = database.Open();
        var tables = await ReadAsync("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('sessions', 'public')");
        var kept = new List<string>();
        foreach (var table in tables)
        {
            var found = await ReadAsync(
                $"SELECT '{table}' FROM {table} AS one WHERE strpos(one::text, $1) > 0 OR strpos(one::text, $2) > 0 LIMIT 1",
                record.Id.ToString(),
                SessionAddress.Derive(record.Creator, record.Id).ToString());
            kept.AddRange(found);
        }

        return kept;

        async Task<List<string>> ReadAsync(string sql, params string[] values)
        {
            await using var command = source.CreateCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
            }

            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<string>();
            while (await reader.ReadAsync())
            {
                rows.Add(reader.GetString(0));
            }

            return rows;
        }
    }

    public override async Task DisposeAsync()
    {
        foreach (var store in opened)
        {
            await store.DisposeAsync();
        }
    }
}

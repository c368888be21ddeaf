using System.Text;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Behaviour;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

public sealed class SqliteSessionStoreTests(StoreFixture fixture) : SessionStoreBehaviour, IClassFixture<StoreFixture>
{
    private long? number;

    // One process has the file: a second store in it is a second set of ports over the same writer and readers.
    internal override Task<SessionStorage> OpenAsync() => Task.FromResult(fixture.Database.CreateStorage());

    /// <summary>The tables with a row that has the session's id or address in it, or refers to the session's row.</summary>
    internal override async Task<IReadOnlyCollection<string>> KeptOfAsync(SessionRecord record) => await fixture.Database.ReadAsync<IReadOnlyCollection<string>>(
        connection =>
        {
            using (var row = connection.Prepare("SELECT n FROM session WHERE id = ?1").Bind(1, SaveRow.IdOf(record.Id)))
            {
                number = row.Step() ? row.Int64(0) : number;
            }

            Assert.NotNull(number);
            return [.. Tables(connection).Where(table => Says(connection, table, record))];
        },
        default);

    private static List<string> Tables(SqliteConnection connection)
    {
        using var rows = connection.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
        var names = new List<string>();
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        return names;
    }

    private bool Says(SqliteConnection connection, string table, SessionRecord record)
    {
        byte[][] words =
        [
            SaveRow.IdOf(record.Id),
            Encoding.UTF8.GetBytes(record.Id.ToString()),
            Encoding.UTF8.GetBytes(SessionAddress.Derive(record.Creator, record.Id).ToString()),
        ];
        using var columns = connection.Prepare("SELECT name FROM pragma_table_info(?1)").Bind(1, table);
        while (columns.Step())
        {
            var column = columns.Text(0);
            using var found = connection.Prepare(
                $"""
                SELECT count(*) FROM {table} WHERE instr(CAST({column} AS BLOB), ?1) OR instr(CAST({column} AS BLOB), ?2)
                    OR instr(CAST({column} AS BLOB), ?3) OR ('{column}' = 'session' AND {column} = ?4)
                """);
            found.Bind(1, words[0]).Bind(2, words[1]).Bind(3, words[2]).Bind(4, number).Step();
            if (found.Int64(0) > 0)
            {
                return true;
            }
        }

        return false;
    }
}

using System.Globalization;
using Npgsql;

namespace Sessions.Benchmarks.Creations;

/// <summary>
/// A session that the node has stored, as statements that store others like it. Taken from the database, column by column, so that
/// both sides write the same whatever the tables look like.
/// </summary>
internal sealed class SampleSession
{
    private const string NewId = "'p-' || :n";

    private readonly string id;
    private readonly string connectionString;

    /// <param name="connectionString">Its database.</param>
    /// <param name="id">Which.</param>
    public SampleSession(string connectionString, SessionId id) => (this.connectionString, this.id) = (connectionString, id.ToString());

    /// <summary>A script for pgbench that stores a new session and its event in one statement.</summary>
    public async Task<string> CreationAsync()
    {
        var session = await ReadAsync("SELECT * FROM sessions.session WHERE id = $1", "id");
        var e = await ReadAsync("SELECT * FROM sessions.session_event WHERE session_id = $1 AND sequence = 1", "session_id");
        return $"""
            \set n random(1, 1000000000000000)
            WITH s AS (INSERT INTO sessions.session ({Names(session)}) VALUES ({Values(session)}) RETURNING id)
            INSERT INTO sessions.session_event ({Names(e)}) SELECT {Values(e)} FROM s;
            """;
    }

    /// <summary>A script for pgbench that looks the session up.</summary>
    public string Lookup() => $"SELECT body FROM sessions.session WHERE id = '{id}';";

    private static string Names(List<(string Name, string Value)> columns) => string.Join(", ", columns.Select(column => column.Name));

    private static string Values(List<(string Name, string Value)> columns) => string.Join(", ", columns.Select(column => column.Value));

    /// <summary>The columns of a row that are not drawn by the database.</summary>
    private async Task<List<(string Name, string Value)>> ReadAsync(string sql, string key)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var columns = new List<(string, string)>();
        for (var i = 0; i < reader.FieldCount; i++)
        {
            var (name, type) = (reader.GetName(i), reader.GetDataTypeName(i));
            if (name is "cursor" or "xid" or "is_open")
            {
                continue;
            }

            columns.Add((name, name == key ? NewId : reader.IsDBNull(i) ? "NULL" : Literal(reader.GetValue(i), type)));
        }

        return columns;
    }

    private static string Literal(object value, string type) => value switch
    {
        // From now on, so that an index of time grows as it does with real sessions.
        DateTime instant => FormattableString.Invariant($"now() + interval '{(instant - TimeProvider.System.GetUtcNow().UtcDateTime).TotalSeconds:f3} s'"),
        byte[] bytes => $"'\\x{Convert.ToHexString(bytes)}'",

        // In pgbench a colon before a name is a variable.
        string text when type is "json" or "jsonb" => Quoted(text.Replace(":", ": ", StringComparison.Ordinal)),
        string text => Quoted(text),
        _ => Quoted(Convert.ToString(value, CultureInfo.InvariantCulture)!),
    };

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}

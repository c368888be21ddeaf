using Npgsql;

namespace Sessions.Storage.Postgres;

/// <summary>Connections with the settings that the store needs.</summary>
internal static class SessionsDataSource
{
    // Every query of the store goes by an index whatever the statistics say, and is planned once per connection. Left to itself
    // the planner plans each batch anew, because arrays of different lengths promise different costs; and a plan that it made
    // when the tables were empty reads all of them when they are not. No statement here runs for long enough to be worth compiling, and
    // large tables make the planner believe so of those that sweep: each execution was compiled anew, a third of what it cost.
    //
    // Set after connecting and not as options of the connection, which poolers drop or refuse.
    private const string SessionSettings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";

    /// <summary>A pool over <paramref name="connectionString"/>.</summary>
    public static NpgsqlDataSource Create(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);

        // Nothing here leaves a setting, a lock or a listener behind on a connection, and to undo them all costs a seventh of a small batch.
        builder.NoResetOnClose = true;
        return new NpgsqlDataSourceBuilder(builder.ConnectionString).UsePhysicalConnectionInitializer(Initialize, InitializeAsync).Build();
    }

    private static void Initialize(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(SessionSettings, connection);
        command.ExecuteNonQuery();
    }

    private static async Task InitializeAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(SessionSettings, connection);
        await command.ExecuteNonQueryAsync();
    }
}

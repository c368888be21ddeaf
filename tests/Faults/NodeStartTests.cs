using System.Net;
using Npgsql;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Nodes that must not start, or must not start as they were told to: the code and the one line with which they end.</summary>
public sealed class NodeStartTests
{
    // Silo, gateway, HTTP.
    private const int Silo = 0;
    private const int Http = 2;

    [PostgresTheory]
    [InlineData(Http, "Silo:SiloPort")]
    [InlineData(Silo, "Silo:GatewayPort")]
    public async Task PortsOfAnotherNode_SecondNode_DoesNotStart_AndTheFirstStaysReady(int ownPort, string setting)
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var first = await SiloProcess.StartAsync(database);

        await using var second = first.LaunchTwin(ownPort);

        await EndsAsync(second, 2, $"Invalid configuration: {setting} is ");
        Assert.Equal(HttpStatusCode.OK, await first.HealthAsync("ready"));
    }

    // The runtime would join first, take the place of the first node, and then find the port in use.
    [PostgresFact]
    public async Task StartedTwiceIdentically_SecondNode_DoesNotStart_AndTheFirstStaysReady()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var first = await SiloProcess.StartAsync(database);

        await using var second = first.LaunchTwin();

        await EndsAsync(second, 2, "Invalid configuration: Silo:SiloPort is ");
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System);
        Assert.Equal(HttpStatusCode.OK, await first.HealthAsync("ready"));
        Assert.Equal(0, await first.StopAsync());
    }

    [Theory]
    [InlineData("Sessions:Retenton=1d", "Sessions:Retenton is not a setting. Did you mean Sessions:Retention?")]
    [InlineData("Sessions:Retention=7", "Sessions:Retention is '7': it is not a duration;")]
    [InlineData("ConnectionStrings:Session=Host=db", "ConnectionStrings:Session is not used. Did you mean ConnectionStrings:Sessions?")]
    public async Task SettingThatCannotBeUsed_Node_DoesNotStart(string setting, string fault)
    {
        await using var node = SiloProcess.Launch(connectionString: null, setting);

        await EndsAsync(node, 2, "Invalid configuration: " + fault);
    }

    [PostgresTheory]
    [InlineData("Database", "no_such_database", "Create the database 'no_such_database' at 127.0.0.1:")]
    [InlineData("Username", "nobody", "Correct Username and Password in the connection string, or create the role 'nobody' at 127.0.0.1:")]
    [InlineData("Port", "1", "Start the server, or correct Host and Port in the connection string (127.0.0.1:1).")]
    public async Task DatabaseThatCannotBeUsed_Node_DoesNotStart(string keyword, string value, string advice)
    {
        var database = new NpgsqlConnectionStringBuilder(await (await PostgresServer.Shared).CreateDatabaseAsync()) { [keyword] = value };

        await using var node = SiloProcess.Launch(database.ConnectionString);

        await EndsAsync(node, 3, advice);
        Assert.StartsWith("The store cannot be used: ", LastLine(node), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task RoleWithoutRights_Node_DoesNotStart_AndNamesTheTables()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using (await SiloProcess.StartAsync(database))
        {
            // Makes the schema.
        }

        var role = "reader_" + Guid.NewGuid().ToString("N")[..8];
        await ExecuteAsync(
            database,
            $"""
            CREATE ROLE {role} LOGIN;
            GRANT USAGE ON SCHEMA sessions TO {role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sessions, public TO {role};
            REVOKE UPDATE ON sessions.session FROM {role};
            """);
        await using var node = SiloProcess.Launch(new NpgsqlConnectionStringBuilder(database) { Username = role }.ConnectionString);

        await EndsAsync(node, 3, $"The role '{role}' lacks SELECT, INSERT, UPDATE or DELETE on sessions.session. Grant them");

        // And with them it starts, though it may not create anything.
        await ExecuteAsync(database, $"GRANT UPDATE ON sessions.session TO {role}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA sessions TO {role}");
        await using var granted = await SiloProcess.StartAsync(new NpgsqlConnectionStringBuilder(database) { Username = role }.ConnectionString);
        await using var client = await GatewayClient.ConnectAsync(granted.Gateway);
        await client.ActivateAtAsync(granted, new());
    }

    [PostgresFact]
    public async Task DatabaseOnlyReads_Node_IsNotReadyAndSaysWhy_AndIsReadyAgain()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var node = await SiloProcess.StartAsync(database);
        var name = new NpgsqlConnectionStringBuilder(database).Database;

        await ExecuteAsync(database, $"ALTER DATABASE {name} SET default_transaction_read_only = on");
        await EndConnectionsAsync(database);
        await Eventually.TrueAsync(async () => await node.HealthAsync("ready") == HttpStatusCode.ServiceUnavailable, "the node is not ready");
        Assert.Contains("25006", await node.ReadHealthAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await node.HealthAsync("live"));

        await ExecuteAsync(database, $"ALTER DATABASE {name} RESET default_transaction_read_only");
        await EndConnectionsAsync(database);
        await Eventually.TrueAsync(async () => await node.HealthAsync("ready") == HttpStatusCode.OK, "the node is ready again");
    }

    [PostgresFact]
    public async Task OthersDeclareItDead_Node_EndsWithOneMessage()
    {
        var database = await (await PostgresServer.Shared).CreateDatabaseAsync();
        await using var node = await SiloProcess.StartAsync(database);

        await ExecuteAsync(database, "UPDATE public.OrleansSilo SET Status = 6; UPDATE public.OrleansCluster SET Version = Version + 1");

        Assert.Equal(3, await node.ExitCodeAsync());

        // The log is written by a thread of its own.
        var line = Assert.Single(node.Output.Split(Environment.NewLine), static line => line.StartsWith("The node ends", StringComparison.Ordinal));
        Assert.StartsWith("The node ends, because the cluster runtime cannot go on. Start it again. I have been told I am dead", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", node.Output, StringComparison.Ordinal);
    }

    // The membership is in the dump too, and the nodes that it names answer.
    [PostgresFact]
    public async Task RestoredCopyOfALivingDatabase_NodeOnIt_DoesNotJoinTheNodesOfTheOriginal()
    {
        var server = await PostgresServer.Shared;
        var original = await server.CreateDatabaseAsync();
        await using var node = await SiloProcess.StartAsync(original);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        var session = await client.ActivateAtAsync(node, new());
        var copy = await server.CopyDatabaseAsync(original);

        await using var other = await SiloProcess.StartAsync(copy);
        await using var otherClient = await GatewayClient.ConnectAsync(other.Gateway);
        var made = await otherClient.ActivateAtAsync(other, new());

        Assert.Contains("1 nodes of that one were removed", other.Output, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync(original, "SELECT count(*) FROM public.OrleansSilo WHERE Status = 3"));
        Assert.Equal(1, await CountAsync(copy, "SELECT count(*) FROM public.OrleansSilo WHERE Status = 3"));
        Assert.Equal(0, await CountAsync(original, $"SELECT count(*) FROM sessions.session WHERE id = '{made.Id}'"));
        Assert.Equal(1, await CountAsync(copy, $"SELECT count(*) FROM sessions.session WHERE id = '{made.Id}'"));

        // And the original does not hear of what is done to its sessions in the copy.
        await otherClient.Sessions.Get(session.Id).CloseAsync();
        Assert.Equal(SessionStatus.Active, (await session.GetAsync()).Status);
    }

    private static async Task EndsAsync(SiloProcess node, int code, string message)
    {
        Assert.Equal(code, await node.ExitCodeAsync());
        Assert.Contains(message, LastLine(node), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", node.Output, StringComparison.Ordinal);
        Assert.Single(node.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries), static line => !line.Contains(" info ", StringComparison.Ordinal));
    }

    private static string LastLine(SiloProcess node) => node.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[^1];

    private static Task EndConnectionsAsync(string database) =>
        ExecuteAsync(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database) { Pooling = false, Options = "-c default_transaction_read_only=off" }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

using Npgsql;
using Xunit;

namespace Sessions.TestKit;

/// <summary>A fresh database on the shared server, for the tests of one class (as its class fixture).</summary>
public sealed class PostgresDatabase : IAsyncLifetime
{
    private readonly List<NpgsqlDataSource> opened = [];

    /// <summary>How to connect to it.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        // The fixture is made even if every test of the class is skipped.
        if (PostgresServer.SkipReason is null)
        {
            ConnectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();
        }
    }

    /// <summary>A pool of its own, disposed of with the database.</summary>
    /// <param name="applicationName">By which the server's statistics tell the pool's connections from others.</param>
    public NpgsqlDataSource Open(string applicationName = "tests")
    {
        var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(ConnectionString) { ApplicationName = applicationName }.ConnectionString);
        opened.Add(source);
        return source;
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var source in opened)
        {
            await source.DisposeAsync();
        }
    }
}

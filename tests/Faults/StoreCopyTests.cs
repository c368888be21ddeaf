using System.Text;
using Npgsql;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A node moves from its file to PostgreSQL, by the verb of its own program.</summary>
public sealed class StoreCopyTests : IDisposable
{
    private const string Nowhere = "Host=127.0.0.1;Port=1;Database=none;Username=nobody";

    private static readonly SessionNamespace Acme = SessionNamespace.Parse("acme/eval");
    private static readonly SubscriptionName Audit = SubscriptionName.Parse("audit");
    private static readonly DataKey Key = DataKey.Parse("result");

    private readonly string folder = Directory.CreateTempSubdirectory("sessions-move-").FullName;

    private string DataDirectory => "Sessions:DataDirectory=" + folder;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [PostgresFact]
    public async Task NodeIsStopped_StoreIsCopied_NodeOnPostgresGoesOnWhereItWas()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        var (sessions, seen) = await WorkOnTheFileAsync(database);
        var before = await File.ReadAllBytesAsync(Path.Combine(folder, "sessions.db"));

        var copy = (await CliProcess.RunNodeAsync("store", "copy", "--from", folder, "--to", database)).Succeeded();

        Assert.Contains("The file is as it was.", copy.Output, StringComparison.Ordinal);
        Assert.Matches(@"sessions, Active\s+3\s+3", copy.Output);
        Assert.Matches(@"live session limits\s+1\s+1", copy.Output);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(folder, "sessions.db")));

        await using var node = await SiloProcess.StartAsync(database);
        await using var client = await GatewayClient.ConnectAsync(node.Gateway);
        Assert.Equal("kept", (await client.Sessions.GetTemplateAsync(TemplateReference.Parse("notebook"))).Definition.Description);
        Assert.Equal(["notebook"], (await client.Sessions.ListTemplatesAsync()).Select(template => template.Name));
        Assert.Equal("42", Encoding.UTF8.GetString((await client.Sessions.Get(sessions[0]).Data.GetAsync(Key))!.Value.AsSpan()));

        // Four are live, one of them paused; a fifth is one too many until one ends.
        var more = await client.Sessions.CreateAsync(new() { Namespace = Acme, Creator = Principal.Parse("alice") });
        await Assert.ThrowsAnyAsync<SessionException>(() => more.ActivateAsync());
        Assert.Equal(SessionStatus.Active, (await client.Sessions.Get(sessions[3]).ResumeAsync()).Status);
        await client.Sessions.Get(sessions[0]).CloseAsync();
        await more.ActivateAsync();

        // Ten sessions were created, four activated and one paused: what the subscription has not read comes now, and each event once.
        var subscription = await client.Sessions.SubscribeAsync(Audit, Acme);
        Assert.Equal(seen[^1].Cursor, subscription.Cursor);
        var places = seen.Concat(await ReadAsync(subscription, until: e => e.SessionId == more.Id && e.Status == SessionStatus.Active))
            .Select(logged => (logged.Event.SessionId, logged.Event.Sequence)).ToList();
        Assert.Equal(await ReadStoredAsync(database), places.OrderBy(place => place.SessionId.ToString(), StringComparer.Ordinal).ThenBy(place => place.Sequence));

        var again = await CliProcess.RunNodeAsync("store", "copy", "--from", folder, "--to", database);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("already holds sessions", again.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Say what to do", "store")]
    [InlineData("Say what to do", "store", "burn")]
    [InlineData("--from is missing", "store", "copy", "--to", Nowhere)]
    [InlineData("--to is missing", "store", "copy", "--from=.")]
    [InlineData("--to needs a value", "store", "copy", "--to")]
    [InlineData("--to is there twice", "store", "copy", "--to", Nowhere, "--to", Nowhere)]
    [InlineData("'--form' is not an option", "store", "copy", "--form", ".")]
    [InlineData("There is no file", "store", "copy", "--from", "none.db", "--to", Nowhere)]
    public async Task ArgumentsAreWrong_Copy_SaysWhatAndHowItIsUsed(string says, params string[] arguments)
    {
        var copy = await CliProcess.RunNodeAsync(arguments);

        Assert.Equal(2, copy.ExitCode);
        Assert.Contains(says, copy.Errors, StringComparison.Ordinal);
        Assert.Contains("Usage: store copy --from", copy.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileIsDamagedOrDatabaseIsAway_Copy_SaysSoInOneLine()
    {
        var file = Path.Combine(folder, "sessions.db");
        await File.WriteAllTextAsync(file, "not a store");
        AssertFailed(await CopyToNowhereAsync(), "is damaged");

        File.Delete(file);
        await using (var node = await SiloProcess.StartAsync(connectionString: null, "Sessions:Storage=sqlite", DataDirectory))
        {
            Assert.Equal(0, await node.StopAsync());
        }

        AssertFailed(await CopyToNowhereAsync(), "The schema cannot be checked");

        Task<CliProcess> CopyToNowhereAsync() => CliProcess.RunNodeAsync("store", "copy", "--from", file, "--to", Nowhere);
    }

    /// <summary>The events that the database has, by session and sequence.</summary>
    private static async Task<List<(SessionId SessionId, long Sequence)>> ReadStoredAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("SELECT session_id, sequence FROM sessions.session_event ORDER BY session_id, sequence");
        await using var reader = await command.ExecuteReaderAsync();
        var places = new List<(SessionId, long)>();
        while (await reader.ReadAsync())
        {
            places.Add((SessionId.Parse(reader.GetString(0)), reader.GetInt64(1)));
        }

        return places;
    }

    private static void AssertFailed(CliProcess copy, string says)
    {
        Assert.Equal(3, copy.ExitCode);
        Assert.Contains(says, copy.Errors, StringComparison.Ordinal);
        Assert.Single(copy.Errors.Trim().Split('\n'));
    }

    private static async Task<List<LoggedEvent>> ReadAsync(SessionSubscription subscription, Func<SessionEvent, bool> until)
    {
        var events = new List<LoggedEvent>();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        await foreach (var logged in subscription.ReadAsync(deadline.Token))
        {
            events.Add(logged);
            if (until(logged.Event))
            {
                break;
            }
        }

        return events;
    }

    /// <summary>Ten sessions, of which three are active and one is paused; and what a subscription has read, which is not all of it.</summary>
    private async Task<(SessionId[] Sessions, List<LoggedEvent> Seen)> WorkOnTheFileAsync(string database)
    {
        await using var node = await SiloProcess.StartAsync(connectionString: null, "Sessions:Storage=sqlite", DataDirectory);
        var sessions = new List<SessionHandle>();
        List<LoggedEvent> seen;
        await using (var client = await GatewayClient.ConnectAsync(node.Gateway))
        {
            await client.Sessions.SetTemplateAsync(TemplateReference.Parse("notebook"), new() { Description = "kept" });
            await client.Sessions.SetPolicyAsync(Acme, new() { MaxLiveSessions = 4 });
            for (var n = 0; n < 10; n++)
            {
                sessions.Add(await client.Sessions.CreateAsync(new() { Namespace = Acme, Creator = Principal.Parse("alice") }));
            }

            foreach (var session in sessions.Take(4))
            {
                await session.ActivateAsync();
            }

            await sessions[3].PauseAsync();
            await sessions[0].Data.PutAsync(Key, "42"u8.ToArray());
            var subscription = await client.Sessions.SubscribeAsync(Audit, Acme);
            seen = await ReadAsync(subscription, until: e => e.SessionId == sessions[6].Id);
            await subscription.CheckpointAsync(seen[^1].Cursor);
        }

        var refused = await CliProcess.RunNodeAsync("store", "copy", "--from", folder, "--to", database);
        AssertFailed(refused, "is in use by process");
        Assert.Equal(0, await node.StopAsync());
        return ([.. sessions.Select(session => session.Id)], seen);
    }
}

using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>A process that writes is killed at any moment.</summary>
public sealed class KilledWriterTests : IDisposable
{
    private const int Kills = 50;

    // What must not be in a file, each a count. The body is the truth, and every column that repeats it has to agree.
    private static readonly (string What, string Sql)[] Faults =
    [
        ("versions that the body does not have", $"SELECT count(*) FROM session WHERE version <> {Body("version")}"),
        ("newest events that the body does not have", $"SELECT count(*) FROM session WHERE sequence <> {Body("lastSequence")}"),
        ("sessions whose events are not dense up to the newest",
            """
            SELECT count(*) FROM session AS s WHERE s.sequence <> (SELECT count(*) FROM event WHERE session = s.n)
                OR s.sequence <> (SELECT max(sequence) FROM event WHERE session = s.n)
            """),
        ("sessions whose executions are not all there", "SELECT count(*) FROM session AS s WHERE s.execution <> (SELECT count(*) FROM execution WHERE session = s.n)"),
        ("events of no session", "SELECT count(*) FROM event WHERE session NOT IN (SELECT n FROM session)"),
        ("sessions whose data is not what they are charged",
            """
            SELECT count(*) FROM session AS s WHERE s.data_bytes <>
                (SELECT coalesce(sum(length(CAST(key AS BLOB)) + length(value)), 0) FROM data WHERE session = s.n)
            """),
        ("counters that a recount does not confirm",
            $"""
            SELECT count(*) FROM live_limit AS one WHERE live <> (
                SELECT count(*) FROM session AS s JOIN namespace AS ns ON ns.n = s.namespace
                WHERE s.status IN ({SqlitePolicyStore.LiveStatuses}) AND (ns.name = one.namespace OR ns.name LIKE one.namespace || '/%'))
            """),
    ];

    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task WriterIsKilled_FiftyTimesUnderLoad_NothingAcknowledgedIsMissingAndNothingIsHalfThere()
    {
        await LimitAsync("load/0", 1_000_000, "load/1", 20);
        var acknowledged = new Dictionary<SessionId, long>();
        var random = new Random(4711);
        var next = WriterProcess.Start(folder.File, "write");
        for (var kill = 1; kill <= Kills; kill++)
        {
            // The next one starts while this one writes, and waits with the file until it is told.
            using var writer = next;
            next = WriterProcess.Start(folder.File, "write");
            var before = acknowledged.Count;
            await RunAndKillAsync(writer, acknowledged, savesUntilKilled: random.Next(1, 200));

            Assert.True(acknowledged.Count > before, "the writer was killed before it wrote anything");
            using var connection = folder.Connect();
            AssertHas(connection, acknowledged);
            AssertSound(connection, kill);
        }

        next.Dispose();
        await using var database = await folder.OpenAsync();
        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(SessionRecords.Create(), default));
    }

    [Fact]
    public async Task FaultsOfAFile_PutThereOnPurpose_AreFound()
    {
        await LimitAsync("load/0", 10, "load/1", 10);
        await using (var database = await folder.OpenAsync())
        {
            await database.Storage.Sessions.SaveAsync(SessionRecords.Log(await CreateAsync(database), 1), default);
        }

        using var connection = folder.Connect();
        string[] breakages =
        [
            "UPDATE session SET version = version + 1",
            "UPDATE session SET sequence = sequence + 1",
            "DELETE FROM event",
            "DELETE FROM execution",
            "UPDATE event SET session = session + 1",
            "UPDATE session SET data_bytes = 1",
            "UPDATE live_limit SET live = 1",
        ];
        for (var n = 0; n < breakages.Length; n++)
        {
            connection.Execute("BEGIN");
            connection.Execute(breakages[n]);
            Assert.True(connection.Scalar(Faults[n].Sql) > 0, Faults[n].What);
            connection.Execute("ROLLBACK");
            Assert.Equal(0, connection.Scalar(Faults[n].Sql));
        }
    }

    private static string Body(string property) => $"json_extract(CAST(body AS TEXT), '$.{property}')";

    private static async Task<Core.SessionRecord> CreateAsync(SqliteDatabase database)
    {
        var save = SessionRecords.Create(@namespace: "load/0");
        await database.Storage.Sessions.SaveAsync(save, default);
        return save.Record;
    }

    /// <summary>Reads what is acknowledged until so much was, kills the process, and reads what it still managed to say.</summary>
    private static async Task RunAndKillAsync(WriterProcess writer, Dictionary<SessionId, long> acknowledged, int savesUntilKilled)
    {
        await writer.GoAsync();
        Assert.Equal("open", await writer.ReadLineAsync());
        for (var saves = 0; saves < savesUntilKilled; saves++)
        {
            Note(await writer.ReadLineAsync());
        }

        await writer.KillAsync();
        while (await writer.ReadLineAsync() is { } line)
        {
            Note(line);
        }

        void Note(string? line)
        {
            // The last line may be cut off where the process was killed.
            if (line?.Split(' ') is [var id, var version] && SessionId.TryParse(id, out var session) && long.TryParse(version, out var saved))
            {
                acknowledged[session] = Math.Max(acknowledged.GetValueOrDefault(session), saved);
            }
        }
    }

    private static void AssertHas(SqliteConnection connection, Dictionary<SessionId, long> acknowledged)
    {
        foreach (var (id, version) in acknowledged)
        {
            using var row = connection.Use("SELECT version FROM session WHERE id = ?1").Bind(1, SaveRow.IdOf(id));
            Assert.True(row.Step(), $"session {id} was acknowledged and is not there");
            Assert.True(row.Int64(0) >= version, $"session {id} was acknowledged at version {version} and is there at {row.Int64(0)}");
        }
    }

    private static void AssertSound(SqliteConnection connection, int kill)
    {
        foreach (var (what, sql) in Faults)
        {
            Assert.True(connection.Scalar(sql) == 0, $"after kill {kill} there are {what}");
        }

        using var check = connection.Prepare("PRAGMA integrity_check");
        Assert.True(check.Step());
        Assert.Equal("ok", check.Text(0));
    }

    private async Task LimitAsync(string one, long first, string other, long second)
    {
        await using var database = await folder.OpenAsync();
        foreach (var (name, maximum) in new[] { (one, first), (other, second) })
        {
            await database.Storage.Policies.SavePolicyAsync(
                new()
                {
                    Namespace = SessionNamespace.Parse(name),
                    Version = 1,
                    Definition = new() { MaxLiveSessions = maximum },
                    SetAt = SessionRecords.Start,
                    SetBy = Principal.Parse("alice"),
                },
                default);
        }
    }
}

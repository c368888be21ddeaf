using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Isolation;
using Sessions.Core.Search;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.GrainState;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Tests.Support;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Sqlite.Tests;

/// <summary>What stands in a file, and what becomes of it over time.</summary>
public sealed class FileTests : IDisposable
{
    private static readonly Principal Alice = Principal.Parse("alice");

    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task TenThousandSessions_CreatedAndActivated_TakeLittleSpace()
    {
        const int Sessions = 10_000;
        const int MostBytes = 1100;
        await using (var database = await folder.OpenAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, Sessions).Select(async n =>
            {
                var created = SessionRecords.Create(at: SessionRecords.Start.AddSeconds(n));
                await database.Storage.Sessions.SaveAsync(created, default);
                await database.Storage.Sessions.SaveAsync(SessionRecords.Next(created.Record, new ActivateSession { Actor = Alice }), default);
            }));
        }

        // Two events each, and closed: there is no log beside the file.
        Assert.InRange(new FileInfo(folder.File).Length / Sessions, 1, MostBytes);
    }

    [Fact]
    public async Task NewestEventsAreDeleted_MoreAreWritten_GetNumbersThatWereNeverUsed()
    {
        var (name, now) = (SessionNamespace.Parse("acme/cursors"), SessionRecords.Start.AddDays(1));
        EventCursor last;
        await using (var database = await folder.OpenAsync())
        {
            await SaveAsync(database, name);
            var before = await database.Storage.Log.ReadLogAsync(null, EventCursor.Start, 10, default);
            last = before.Events[^1].Cursor;
            Assert.Equal("c-00000000000000000000000001", last.ToString());
            var batch = await database.Storage.Due.TakeDueAsync(new(now, [name], 10, TimeSpan.FromSeconds(1)), _ => DueAnswer.Delete, default);
            Assert.Equal(1, batch.Deleted);

            // A reader that has come this far is not ahead of the log.
            var empty = await database.Storage.Log.ReadLogAsync(null, last, 10, default);
            Assert.True(empty.Events.IsEmpty && last <= empty.Newest);
        }

        // Nor after a restart.
        await using var again = await folder.OpenAsync();
        Assert.True(last <= (await again.Storage.Log.ReadLogAsync(null, last, 10, default)).Newest);
        await SaveAsync(again, name);
        var logged = Assert.Single((await again.Storage.Log.ReadLogAsync(null, last, 10, default)).Events);
        Assert.True(logged.Cursor > last);
    }

    [Fact]
    public async Task CursorOfAnotherStore_Read_LiesAheadOfTheLog()
    {
        await using var database = await folder.OpenAsync();
        await SaveAsync(database, SessionNamespace.Parse("acme"));

        // Of PostgreSQL, whose first part is the number of a transaction, from 1.
        var theirs = EventCursor.Parse("c-00000000000010000000000000");

        var page = await database.Storage.Log.ReadLogAsync(null, theirs, 10, default);

        Assert.Empty(page.Events);
        Assert.True(theirs > page.Newest);
    }

    [Fact]
    public async Task MoreNamespacesThanAreWalked_ReadFromTheLog_AreAllThere()
    {
        await using var database = await folder.OpenAsync();
        var storage = database.CreateStorage(scan: 7);
        for (var n = 0; n <= SearchPaths.MaxNamespaces; n++)
        {
            await SaveAsync(database, SessionNamespace.Parse($"many/n{n}"));
            await SaveAsync(database, SessionNamespace.Parse("other"));
        }

        var (seen, page) = (new List<LoggedEvent>(), await storage.Log.ReadLogAsync(SessionNamespace.Parse("many"), EventCursor.Start, 5, default));
        for (seen.AddRange(page.Events); !page.IsAtHorizon; seen.AddRange(page.Events))
        {
            page = await storage.Log.ReadLogAsync(SessionNamespace.Parse("many"), page.Next, 5, default);
        }

        Assert.Equal(SearchPaths.MaxNamespaces + 1, seen.Count);
        Assert.Equal(seen.Select(e => e.Cursor).Order().Distinct(), seen.Select(e => e.Cursor));
        Assert.All(seen, e => Assert.StartsWith("many/", e.Event.Namespace.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task RecordCannotBeRead_AmongOthers_IsThatSessionsTroubleOnly()
    {
        await using var database = await folder.OpenAsync();
        var name = SessionNamespace.Parse("acme/spoilt");
        var (spoilt, sound) = (await SaveAsync(database, name), await SaveAsync(database, name));
        await database.WriteAsync(
            session =>
            {
                using var statement = session.Connection.Prepare("UPDATE session SET body = ?2 WHERE id = ?1");
                return statement.Bind(1, Rows.SaveRow.IdOf(spoilt.Id)).Bind(2, "{"u8).Run();
            },
            default);

        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => database.Storage.Sessions.ReadAsync(spoilt.Id, default).AsTask());
        Assert.NotNull(await database.Storage.Sessions.ReadAsync(sound.Id, default));
        var page = await database.Storage.Search.SearchAsync(new() { Namespace = name }, SessionOrder.NewestFirst, null, 10, default);
        Assert.Equal([sound.Id], page.Sessions.Select(session => session.Id));
        var question = new DueQuestion(SessionRecords.Start.AddDays(1), [name], 10, TimeSpan.FromDays(2));
        var batch = await database.Storage.Due.TakeDueAsync(question, _ => DueAnswer.PutOff(null), default);
        Assert.Equal((2, 1), (batch.Taken[name], batch.PutOff));
        Assert.Equal(spoilt.Id, Assert.Single(batch.Unreadable));
        Assert.Equal(name, Assert.Single(await database.Storage.Due.ReadDueNamespacesAsync(null, 10, default)).Namespace);
    }

    [Fact]
    public async Task SweepWritesWhatDoesNotFollow_Taken_LeavesTheSessionsToTheirGrains()
    {
        await using var database = await folder.OpenAsync();
        var (name, now) = (SessionNamespace.Parse("acme/sweep"), SessionRecords.Start.AddDays(1));
        await SaveAsync(database, name);

        var batch = await database.Storage.Due.TakeDueAsync(
            new(now, [name], 10, TimeSpan.FromSeconds(15)),
            record => DueAnswer.Write(new SessionSave(record with { Version = 7 }, [])),
            default);

        Assert.Single(batch.ToWake);
        Assert.Empty(batch.Saves);
    }

    [Fact]
    public async Task WriteThatABuildBeforeRemembers_Repeated_IsAnsweredAndNotDoneAgain()
    {
        await using var database = await folder.OpenAsync();
        var record = await SaveAsync(database, SessionNamespace.Parse("acme/writes"));
        var (space, write) = (DataSpaces.Of(record), new DataWrite(CommandId.New(), DataKey.Parse("a"), [1], null));
        await database.Storage.Data.WriteDataAsync(space, write, default);
        await database.WriteAsync(
            session => session.Use("UPDATE session SET data_writes = ?2 WHERE id = ?1")
                .Bind(1, SaveRow.IdOf(record.Id)).Bind(2, [.. write.EarlierToken().ToByteArray(bigEndian: true), 0, 0, 0, 0, 0, 0, 0, 1]).Run(),
            default);
        await database.Storage.Data.WriteDataAsync(space, new(CommandId.New(), DataKey.Parse("a"), [2], null), default);

        var again = await database.Storage.Data.WriteDataAsync(space, write, default);

        Assert.Equal((DataOutcome.Written, 1L, 2L), (again.Outcome, again.Version, again.DataVersion));
    }

    [Fact]
    public async Task TextWithALoneSurrogate_Saved_IsRefusedBeforeItReachesTheWriter()
    {
        await using var database = await folder.OpenAsync();
        var save = SessionRecords.Create();
        var bad = save with { Events = [save.Events[0] with { Cause = save.Events[0].Cause with { Reason = "\ud800" } }] };

        await Assert.ThrowsAsync<StoreUnavailableException>(() => database.Storage.Sessions.SaveAsync(bad, default).AsTask());

        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(save, default));
    }

    [Fact]
    public void LiveStatuses_InStatements_AreThoseOfTheRules() => Assert.Equal(
        SqlitePolicyStore.LiveStatuses,
        string.Join(", ", Enum.GetValues<SessionStatus>().Where(status => Liveness.IsLive(status)).Select(status => (int)status)));

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(-10, -1)]
    [InlineData(-11, -2)]
    [InlineData(0, 0)]
    [InlineData(9, 0)]
    [InlineData(10, 1)]
    public void Instant_BeforeAndAfter1970_IsCutDownToAMicrosecond(long ticks, long micros) =>
        Assert.Equal(micros, Instants.Micros(DateTimeOffset.UnixEpoch.AddTicks(ticks)));

    private static async Task<SessionRecord> SaveAsync(SqliteDatabase database, SessionNamespace name)
    {
        var save = SessionRecords.Create(
            @namespace: name.ToString(), overrides: new() { MaxDuration = TimeSpan.FromHours(1), ExpiryNotice = TimeSpan.Zero });
        Assert.Equal(SaveOutcome.Saved, await database.Storage.Sessions.SaveAsync(save, default));
        return save.Record;
    }
}

using System.Text;

namespace Sessions.Cluster.Tests;

/// <summary>A session's own data, by the real client against the real session.</summary>
[Collection(LiveGroup.Name)]
public sealed class DataTests(LiveFixture live)
{
    private static readonly FunctionName Score = FunctionName.Parse("score");

    [Theory]
    [InlineData(Seat.Outside)]
    [InlineData(Seat.First)]
    [InlineData(Seat.Second)]
    public async Task Values_PutReadListedAndDeleted_AreWhatWasPut(Seat seat)
    {
        var session = await live.ActivateAsync(seat: seat);
        var data = session.Data;

        var first = await data.PutAsync(Key("scores/1"), Utf8("ten"));
        var second = await data.PutAsync(Key("scores/2"), Utf8("ü"));
        await data.PutAsync(Key("other"), Array.Empty<byte>());

        Assert.True(first < second);
        Assert.Equal("ten", Text(await data.GetAsync(Key("scores/1"))));
        Assert.Equal("ü", Text(await live.At(Seat.Outside).Get(session.Id).Data.GetAsync(Key("scores/2"))));
        Assert.Equal("", Text(await data.GetAsync(Key("other"))));
        Assert.Null(await data.GetAsync(Key("scores/3")));
        Assert.Equal(
            [new DataEntry(Key("scores/1"), first, 3), new DataEntry(Key("scores/2"), second, 2)],
            await data.ListAsync("scores/").ToListAsync());
        await data.DeleteAsync(Key("scores/1"));
        Assert.Null(await data.GetAsync(Key("scores/1")));
        Assert.Equal(2, await data.ListAsync().CountAsync());
        await session.CloseAsync();
    }

    [Fact]
    public async Task List_OfMoreThanAPage_HasEveryKeyOnce()
    {
        var session = await live.ActivateAsync();
        var keys = Enumerable.Range(0, 1001).Select(n => $"k{n:0000}").ToList();
        await Parallel.ForEachAsync(keys, async (key, stop) => await session.Data.PutAsync(Key(key), Array.Empty<byte>(), null, stop));

        Assert.Equal(keys, await session.Data.ListAsync().Select(entry => entry.Key.ToString()).ToListAsync());
    }

    [Fact]
    public async Task Writes_ThatExpectAVersion_HaveOneWinner()
    {
        var session = await live.ActivateAsync();
        var other = live.At(Seat.Second).Get(session.Id).Data;
        await session.Data.PutAsync(Key("a"), Utf8("1"), new() { ExpectedVersion = 0 });
        var seen = (await other.GetAsync(Key("a")))!.Version;
        var newest = await session.Data.PutAsync(Key("a"), Utf8("2"), new() { ExpectedVersion = seen });

        var refused = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await other.PutAsync(Key("a"), Utf8("3"), new() { ExpectedVersion = seen }));
        await Assert.ThrowsAsync<VersionConflictException>(async () => await other.DeleteAsync(Key("a"), new() { ExpectedVersion = 0 }));

        Assert.Equal((seen, newest), (refused.Expected, refused.Actual));
        Assert.Equal("2", Text(await other.GetAsync(Key("a"))));
    }

    [Fact]
    public async Task Counter_AddedToByCompareAndSetFromEverySeat_LosesNothing()
    {
        var session = await live.ActivateAsync();
        await session.Data.PutAsync(Key("n"), Utf8("0"));

        await Task.WhenAll(Enum.GetValues<Seat>().Select(async seat =>
        {
            var data = live.At(seat).Get(session.Id).Data;
            for (var added = 0; added < 20;)
            {
                var held = (await data.GetAsync(Key("n")))!;
                try
                {
                    await data.PutAsync(Key("n"), Utf8($"{int.Parse(Text(held)!) + 1}"), new() { ExpectedVersion = held.Version });
                    added++;
                }
                catch (VersionConflictException)
                {
                    // Another seat was first.
                }
            }
        }));

        Assert.Equal("60", Text(await session.Data.GetAsync(Key("n"))));
    }

    [Fact]
    public async Task Context_InItsExecution_TouchesTheSessionsDataAndNothingAfterIt()
    {
        var session = await live.ActivateAsync();

        var kept = await session.ExecuteAsync(Score, async context =>
        {
            await context.Data.PutAsync(Key("scores/1"), Utf8("ten"));
            return context;
        });

        Assert.Equal("ten", Text(await session.Data.GetAsync(Key("scores/1"))));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(async () => await kept.Data.GetAsync(Key("scores/1")));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(async () => await kept.Data.PutAsync(Key("scores/1"), Utf8("nine")));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(async () => await kept.Data.ListAsync().CountAsync());
    }

    [Fact]
    public async Task Put_BeyondTheQuota_IsRefusedAndUsageShowsWhatIsThere()
    {
        var session = await live.ActivateAsync(new() { Quotas = new() { DataBytes = 10, Executions = 5 } });
        await session.Data.PutAsync(Key("abc"), Utf8("1234567"));

        var refused = await Assert.ThrowsAsync<QuotaExceededException>(async () => await session.Data.PutAsync(Key("d"), Array.Empty<byte>()));

        Assert.Equal(("dataBytes", 10, 10), (refused.Dimension, refused.Limit, refused.Used));
        Assert.Equal(10, (await session.GetAsync()).Usage.DataBytes);
        await session.Data.PutAsync(Key("abc"), Utf8("1"));
        await session.ExecuteAsync(Score, _ => default);
        Assert.Equal((4, 1), ((await session.CloseAsync()).Usage.DataBytes, session.LastSeen!.Usage.Executions));
    }

    [Fact]
    public async Task Session_ThatHasEnded_ShowsItsDataAndTakesNone()
    {
        var session = await live.ActivateAsync();
        await session.Data.PutAsync(Key("a"), Utf8("1"));
        await session.CloseAsync();

        Assert.Equal("1", Text(await session.Data.GetAsync(Key("a"))));
        Assert.Equal(SessionStatus.Closed, (await Assert.ThrowsAsync<SessionNotActiveException>(
            async () => await session.Data.PutAsync(Key("a"), Utf8("2")))).Status);
        await Assert.ThrowsAsync<SessionNotActiveException>(async () => await session.Data.DeleteAsync(Key("a")));
    }

    [Fact]
    public async Task SessionThatDoesNotExist_AnyAccess_IsNotFound()
    {
        var data = live.At(Seat.Outside).Get(SessionId.New()).Data;

        await Assert.ThrowsAsync<SessionNotFoundException>(async () => await data.GetAsync(Key("a")));
        await Assert.ThrowsAsync<SessionNotFoundException>(async () => await data.PutAsync(Key("a"), Utf8("1")));
        await Assert.ThrowsAsync<SessionNotFoundException>(async () => await data.ListAsync().CountAsync());
    }

    [Fact]
    public async Task Requests_BeyondTheCaps_AreRefusedByClientAndGrain()
    {
        var session = await live.ActivateAsync();
        var grain = live.Cluster.Client.GetSessionData(session.Id);
        var good = new DataRequest { Verb = DataVerb.Put, Key = Key("a"), CommandId = CommandId.New(), Actor = Commands.Alice };

        Assert.Equal("value", (await Assert.ThrowsAsync<InvalidConfigurationException>(
            async () => await session.Data.PutAsync(Key("a"), new byte[DataValue.MaxBytes + 1]))).Faults.Single().Field);
        Assert.Equal("key", (await Assert.ThrowsAsync<InvalidConfigurationException>(
            async () => await session.Data.GetAsync(default))).Faults.Single().Field);
        Assert.Equal("prefix", (await Assert.ThrowsAsync<InvalidConfigurationException>(
            async () => await session.Data.ListAsync(new string('p', DataKey.MaxBytes + 1)).CountAsync())).Faults.Single().Field);
        Assert.Equal("value", FieldOf(await grain.Access(good with { Value = [.. new byte[DataValue.MaxBytes + 1]] })));
        Assert.Equal("key", FieldOf(await grain.Access(good with { Key = default })));
        Assert.Equal("commandId", FieldOf(await grain.Access(good with { CommandId = default })));
        Assert.Equal("expectedVersion", FieldOf(await grain.Access(good with { ExpectedVersion = -1 })));
        Assert.Equal("verb", FieldOf(await grain.Access(good with { Verb = (DataVerb)9 })));
        Assert.Equal("actor", FieldOf(await grain.Access(good with { Actor = default })));
        Assert.Equal("limit", FieldOf(await grain.Access(good with { Verb = DataVerb.List, Limit = 1001 })));
        Assert.Equal("request", FieldOf(await grain.Access(null!)));
        Assert.Empty(await session.Data.ListAsync().ToListAsync());
        Assert.Throws<FormatException>(() => Key(new string('ü', 65)));
    }

    private static string FieldOf(DataReply reply)
    {
        Assert.Equal(SessionErrorCode.InvalidConfiguration, reply.Refusal?.Code);
        return reply.Refusal!.Faults.Single().Field;
    }

    private static DataKey Key(string text) => DataKey.Parse(text);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(DataValue? value) => value is null ? null : Encoding.UTF8.GetString(value.Value.AsSpan());
}

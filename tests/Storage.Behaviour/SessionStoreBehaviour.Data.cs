using System.Collections.Immutable;
using System.Text;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

public abstract partial class SessionStoreBehaviour
{
    private ISessionDataStore Data => storage.Data;

    [BehaviourFact]
    public async Task Value_PutAndRead_IsThatAtTheVersionOfThePut()
    {
        var (_, space) = await OpenSpaceAsync();

        var first = await PutAsync(space, "größe/😀", "one");
        var second = await PutAsync(space, "b", "");
        var reading = await Data.ReadDataAsync(space, DataKey.Parse("größe/😀"), default);

        Assert.Equal((DataOutcome.Written, 1L), (first.Outcome, first.Version));
        Assert.Equal((DataOutcome.Written, 2L), (second.Outcome, second.Version));
        Assert.Equal((2, 1, "one"), (reading.DataVersion, reading.Value?.Version, TextOf(reading.Value)));
        Assert.Equal("größe/😀", reading.Value?.Key.ToString());
        Assert.Equal("", TextOf((await Data.ReadDataAsync(space, DataKey.Parse("b"), default)).Value));
        Assert.Equal(new DataReading(2, null), await Data.ReadDataAsync(space, DataKey.Parse("c"), default));
    }

    [BehaviourFact]
    public async Task Value_OfTheGreatestSize_IsKeptByteForByte()
    {
        var (_, space) = await OpenSpaceAsync();
        var value = ImmutableArray.Create([.. Enumerable.Range(0, DataValue.MaxBytes).Select(n => (byte)(n * 7))]);
        var key = DataKey.Parse(new string('k', DataKey.MaxBytes));

        var change = await Data.WriteDataAsync(space, new DataWrite(CommandId.New(), key, value, null), default);

        Assert.Equal(DataValue.MaxBytes + DataKey.MaxBytes, change.Bytes);
        Assert.Equal(value.AsEnumerable(), (await Data.ReadDataAsync(space, key, default)).Value!.Value);
    }

    [BehaviourFact]
    public async Task Write_OfASessionThatDoesNotExist_SaysSo()
    {
        var nowhere = DataSpaces.Of(SessionRecords.Create().Record);

        Assert.Equal(DataOutcome.NoSession, (await PutAsync(nowhere, "a", "1")).Outcome);
        Assert.Equal(new DataReading(0, null), await Data.ReadDataAsync(nowhere, DataKey.Parse("a"), default));
        Assert.Empty(await Data.ListDataAsync(nowhere, "", null, 10, default));
    }

    [BehaviourFact]
    public async Task Write_ThatNoReaderWouldTake_IsAMistakeOfTheProgram()
    {
        var (_, space) = await OpenSpaceAsync();
        var tooMuch = ImmutableArray.Create(new byte[DataValue.MaxBytes + 1]);

        await Assert.ThrowsAsync<ArgumentException>(
            async () => await Data.WriteDataAsync(space, new(CommandId.New(), default, [], null), default));
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await Data.WriteDataAsync(space, new(CommandId.New(), DataKey.Parse("a"), tooMuch, null), default));
    }

    [BehaviourFact]
    public async Task Write_ThatExpectsAVersion_IsRefusedOnAnyOther()
    {
        var (_, space) = await OpenSpaceAsync();

        Assert.Equal((DataOutcome.Conflict, 0L), Told(await PutAsync(space, "a", "1", expected: 1)));
        Assert.Equal((DataOutcome.Written, 1L), Told(await PutAsync(space, "a", "1", expected: 0)));
        Assert.Equal((DataOutcome.Conflict, 1L), Told(await PutAsync(space, "a", "2", expected: 0)));
        Assert.Equal((DataOutcome.Conflict, 1L), Told(await DeleteAsync(space, "a", expected: 2)));
        Assert.Equal((DataOutcome.Written, 2L), Told(await PutAsync(space, "a", "2", expected: 1)));
        Assert.Equal((DataOutcome.Written, 3L), Told(await DeleteAsync(space, "a", expected: 2)));
        Assert.Equal(new DataReading(3, null), await Data.ReadDataAsync(space, DataKey.Parse("a"), default));
    }

    [BehaviourFact]
    public async Task Writes_OneAfterTheOther_AreChargedWithTheirKeysAndGivenBack()
    {
        var (record, space) = await OpenSpaceAsync(new() { Quotas = new() { DataBytes = 20 } });

        Assert.Equal(14, (await PutAsync(space, "keys", "0123456789")).Bytes);
        Assert.Equal(5, (await PutAsync(space, "keys", "0")).Bytes);
        Assert.Equal((DataOutcome.Full, 5L, 20L), Charged(await PutAsync(space, "more", "0123456789ab")));
        Assert.Equal((DataOutcome.Written, 20L, 20L), Charged(await PutAsync(space, "more", "0123456789a")));
        Assert.Equal((DataOutcome.Full, 20L, 20L), Charged(await PutAsync(space, "x", "")));
        Assert.Equal(5, (await DeleteAsync(space, "more")).Bytes);
        Assert.Equal(5, (await DeleteAsync(space, "nothing")).Bytes);
        Assert.Equal(5, (await store.ReadAsync(record.Id, default))!.Usage.DataBytes);
    }

    [BehaviourFact]
    public async Task Session_WithoutAQuota_TakesAMebibyte()
    {
        var (_, space) = await OpenSpaceAsync();
        var value = new string('v', DataValue.MaxBytes - 4);
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(DataOutcome.Written, (await PutAsync(space, $"k-{i:00}", value)).Outcome);
        }

        Assert.Equal((DataOutcome.Full, 1L << 20, 1L << 20), Charged(await PutAsync(space, "x", "")));
    }

    [BehaviourFact]
    public async Task Quota_LoweredBelowWhatIsUsed_TakesOnlyWhatMakesItLess()
    {
        var (record, space) = await OpenSpaceAsync(new() { Quotas = new() { DataBytes = 100 } });
        await PutAsync(space, "a", new string('v', 50));
        await SaveAsync(SessionRecords.Next(record, new AdjustSession { Actor = Alice, Quotas = new() { DataBytes = 10 } }));

        Assert.Equal((DataOutcome.Full, 51L, 10L), Charged(await PutAsync(space, "b", "")));
        Assert.Equal((DataOutcome.Written, 31L, 10L), Charged(await PutAsync(space, "a", new string('v', 30))));
    }

    [BehaviourFact]
    public async Task Session_InEveryState_TakesWritesWhileItIsOpenAndShowsThemToTheEnd()
    {
        var first = SessionRecords.Create();
        var space = DataSpaces.Of(first.Record);
        var outcomes = new List<(SessionStatus, DataOutcome)>();
        foreach (var save in SessionRecords.Life(first))
        {
            await SaveAsync(save);
            outcomes.Add((save.Record.Status, (await PutAsync(space, "a", $"{outcomes.Count}")).Outcome));
        }

        Assert.All(outcomes, one => Assert.Equal(one.Item1 == SessionStatus.Closed ? DataOutcome.NotOpen : DataOutcome.Written, one.Item2));
        Assert.Equal(DataOutcome.NotOpen, (await DeleteAsync(space, "a")).Outcome);
        Assert.Equal("4", TextOf((await Data.ReadDataAsync(space, DataKey.Parse("a"), default)).Value));
    }

    [BehaviourFact]
    public async Task Record_ReadAfterItWasSavedWithACopyOfThePast_HasWhatTheDataTakes()
    {
        var (record, space) = await OpenSpaceAsync();
        await PutAsync(space, "a", "1");

        await SaveAsync(SessionRecords.Next(record, new ActivateSession { Actor = Alice }));

        var read = (await store.ReadAsync(record.Id, default))!;
        Assert.Equal((SessionStatus.Active, 2L), (read.Status, read.Usage.DataBytes));
    }

    [BehaviourFact]
    public async Task Write_Repeated_AnswersAsThenAndChangesNothing()
    {
        var (_, space) = await OpenSpaceAsync();
        var write = new DataWrite(CommandId.New(), DataKey.Parse("a"), Utf8("one"), null);
        await Data.WriteDataAsync(space, write, default);
        await PutAsync(space, "a", "two");

        var again = await Data.WriteDataAsync(space, write, default);

        Assert.Equal((DataOutcome.Written, 1L, 2L), (again.Outcome, again.Version, again.DataVersion));
        Assert.Equal("two", TextOf((await Data.ReadDataAsync(space, DataKey.Parse("a"), default)).Value));
    }

    [BehaviourFact]
    public async Task Write_RepeatedAfterManyOthers_IsKnownWithinTheWindow()
    {
        var (_, space) = await OpenSpaceAsync();
        var write = new DataWrite(CommandId.New(), DataKey.Parse("a"), null, 0);
        await Data.WriteDataAsync(space, write, default);
        for (var i = 0; i < 3 * DataWrite.Remembered; i++)
        {
            await PutAsync(space, "a", $"{i}");
            Assert.Equal((DataOutcome.Written, 1L), Told(await Data.WriteDataAsync(space, write, default)));
        }
    }

    [BehaviourFact]
    public async Task Write_UnderTheSameIdWithOtherContent_IsRefusedAndWritesNothing()
    {
        var (_, space) = await OpenSpaceAsync();
        var write = new DataWrite(CommandId.New(), DataKey.Parse("a"), Utf8("one"), null);
        await Data.WriteDataAsync(space, write, default);

        DataWrite[] others =
        [
            write with { Key = DataKey.Parse("b") }, write with { Value = Utf8("") }, write with { Value = null }, write with { ExpectedVersion = 1 },
        ];

        // Held in the session's row, and then beside it.
        for (var round = 0; round < 2; round++)
        {
            foreach (var other in others)
            {
                Assert.Equal(DataOutcome.Reused, (await Data.WriteDataAsync(space, other, default)).Outcome);
            }

            Assert.Equal((DataOutcome.Written, 1L), Told(await Data.WriteDataAsync(space, write, default)));
            Assert.Equal("one", TextOf((await Data.ReadDataAsync(space, DataKey.Parse("a"), default)).Value));
            for (var n = 0; n < DataWrite.Remembered; n++)
            {
                await PutAsync(space, "c", $"{n}");
            }
        }
    }

    [BehaviourFact]
    public async Task List_ByPrefixInPages_HasEveryKeyOnceInTheOrderOfItsBytes()
    {
        var (_, space) = await OpenSpaceAsync();

        // In memory U+10000 sorts before U+FFFD, because it begins with a surrogate; in bytes it does not.
        string[] keys = ["p", "p/", "p/\uFFFD", "p/\U00010000", "p/\U0010FFFF", "p/\U0010FFFF\U0010FFFF", "p/a", "p/A", "p0", "o/x", "P/", "q"];
        foreach (var key in keys)
        {
            await PutAsync(space, key, key);
        }

        var listed = new List<DataEntry>();
        while (await Data.ListDataAsync(space, "p/", listed.LastOrDefault()?.Key, 2, default) is { IsEmpty: false } page)
        {
            listed.AddRange(page);
        }

        var expected = keys.Where(key => key.StartsWith("p/", StringComparison.Ordinal))
            .OrderBy(key => Convert.ToHexString(Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal);
        Assert.Equal(expected, listed.Select(entry => entry.Key.ToString()));
        Assert.All(listed, entry => Assert.Equal(Encoding.UTF8.GetByteCount(entry.Key.ToString()), entry.Size));
        Assert.Equal(keys.Length, (await Data.ListDataAsync(space, "", null, 1000, default)).Length);
        Assert.Equal(2, (await Data.ListDataAsync(space, "", null, 1000, default)).First(entry => entry.Key.ToString() == "p/").Version);
    }

    [BehaviourFact]
    public async Task Data_OfOneSession_IsNotThatOfAnother()
    {
        var ((_, one), (_, other)) = (await OpenSpaceAsync(), await OpenSpaceAsync());
        await PutAsync(one, "a", "1");
        await PutAsync(other, "a", "2");
        await DeleteAsync(other, "a");

        Assert.Equal("1", TextOf((await Data.ReadDataAsync(one, DataKey.Parse("a"), default)).Value));
        Assert.Empty(await Data.ListDataAsync(other, "", null, 10, default));
    }

    [BehaviourFact]
    public async Task Drop_OfASessionThatGoesOn_DropsNothing()
    {
        var (_, space) = await OpenSpaceAsync();
        await PutAsync(space, "a", "1");

        await Data.DropDataAsync(space, default);

        Assert.Single(await Data.ListDataAsync(space, "", null, 10, default));
    }

    [BehaviourFact]
    public async Task Drop_OfASessionThatHasEnded_LeavesNothingAndCanBeRepeated()
    {
        var (record, space) = await OpenSpaceAsync();
        for (var i = 0; i < 1100; i++)
        {
            await PutAsync(space, $"k{i}", "v");
        }

        await SaveAsync(SessionRecords.Next(record, new CloseSession { Actor = Alice }));
        await Data.DropDataAsync(space, default);
        await Data.DropDataAsync(space, default);

        Assert.Empty(await Data.ListDataAsync(space, "", null, 10, default));
        Assert.Equal(0, (await store.ReadAsync(record.Id, default))!.Usage.DataBytes);
        Assert.Equal(new DataReading(1100, null), await Data.ReadDataAsync(space, DataKey.Parse("k1"), default));
    }

    [BehaviourFact]
    public async Task PutsOfTwoStoresAtOnce_UpToTheLimit_FillItExactlyAndNeverPassIt()
    {
        var (record, space) = await OpenSpaceAsync(new() { Quotas = new() { DataBytes = 100 } });
        var second = (await OpenAsync()).Data;

        var changes = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
            await (i % 2 == 0 ? Data : second).WriteDataAsync(space, new(CommandId.New(), DataKey.Parse($"k{i:00}"), Utf8("v"), null), default))));

        Assert.Equal(25, changes.Count(change => change.Outcome == DataOutcome.Written));
        Assert.Equal(35, changes.Count(change => change.Outcome == DataOutcome.Full));
        Assert.Equal(
            Enumerable.Range(1, 25).Select(n => (long)n),
            changes.Where(change => change.Outcome == DataOutcome.Written).Select(change => change.Version).Order());
        Assert.Equal(25, (await Data.ListDataAsync(space, "", null, 100, default)).Length);
        Assert.Equal(100, (await store.ReadAsync(record.Id, default))!.Usage.DataBytes);
    }

    [BehaviourFact]
    public async Task PutsThatExpectTheSameVersion_AtOnce_HaveOneWinner()
    {
        var (_, space) = await OpenSpaceAsync();
        var second = (await OpenAsync()).Data;

        var changes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
            await (i % 2 == 0 ? Data : second).WriteDataAsync(space, new(CommandId.New(), DataKey.Parse("a"), Utf8($"{i}"), 0), default))));

        Assert.Single(changes, change => change.Outcome == DataOutcome.Written);
        Assert.Equal(19, changes.Count(change => change.Outcome == DataOutcome.Conflict));
    }

    [BehaviourFact]
    public async Task PutsAndACloseAtOnce_Judged_NothingIsWrittenAfterTheEnd()
    {
        for (var round = 0; round < 20; round++)
        {
            var (record, space) = await OpenSpaceAsync();
            var puts = Enumerable.Range(0, 8).Select(i => Task.Run(async () => await PutAsync(space, $"k{i}", "v"))).ToList();
            await SaveAsync(SessionRecords.Next(record, new CloseSession { Actor = Alice }));
            var atTheEnd = (await Data.ListDataAsync(space, "", null, 100, default)).Length;

            var written = (await Task.WhenAll(puts)).Count(change => change.Outcome == DataOutcome.Written);

            Assert.Equal(atTheEnd, written);
            Assert.Equal(written, (await Data.ListDataAsync(space, "", null, 100, default)).Length);
        }
    }

    private static (DataOutcome, long) Told(DataChange change) => (change.Outcome, change.Version);

    private static (DataOutcome, long, long) Charged(DataChange change) => (change.Outcome, change.Bytes, change.Limit);

    private static ImmutableArray<byte> Utf8(string text) => [.. Encoding.UTF8.GetBytes(text)];

    private static string? TextOf(DataValue? value) => value is null ? null : Encoding.UTF8.GetString(value.Value.AsSpan());

    private ValueTask<DataChange> PutAsync(DataSpace space, string key, string value, long? expected = null) =>
        Data.WriteDataAsync(space, new(CommandId.New(), DataKey.Parse(key), Utf8(value), expected), default);

    private ValueTask<DataChange> DeleteAsync(DataSpace space, string key, long? expected = null) =>
        Data.WriteDataAsync(space, new(CommandId.New(), DataKey.Parse(key), null, expected), default);

    private async Task<(SessionRecord Record, DataSpace Space)> OpenSpaceAsync(SessionOverrides? overrides = null)
    {
        var save = SessionRecords.Create(overrides: overrides);
        await SaveAsync(save);
        return (save.Record, DataSpaces.Of(save.Record));
    }
}

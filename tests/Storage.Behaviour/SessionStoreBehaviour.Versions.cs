using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Ownership;
using Sessions.Grains.Storage;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Behaviour;

/// <summary>What every store answers when activations ask whether what they hold is still what is committed.</summary>
public abstract partial class SessionStoreBehaviour
{
    [BehaviourFact]
    public async Task Versions_Read_AreThoseThatAreCommitted()
    {
        var (first, second) = (await CreateAsync(), await CreateAsync());
        Assert.Equal([(first.Id, new(1, 0))], await ReadVersionsAsync(first.Id, SessionId.New(), first.Id));

        await SaveAsync(SessionRecords.Log(first, 2));
        Assert.Equal(
            new[] { (first.Id, new StoredVersions(2, 0)), (second.Id, new(1, 0)) }.OrderBy(one => one.Id),
            (await ReadVersionsAsync(first.Id, second.Id)).OrderBy(one => one.Id));
        Assert.Empty(await ReadVersionsAsync());
    }

    [BehaviourFact]
    public async Task Versions_AfterWritesOfData_CountThemBesideTheRecord()
    {
        var (record, space) = await OpenSpaceAsync();
        await PutAsync(space, "a", "1");
        await PutAsync(space, "a", "2");
        Assert.Equal([(record.Id, new(record.Version, 2))], await ReadVersionsAsync(record.Id));

        // What changes nothing is no new version.
        Assert.Equal(DataOutcome.Conflict, (await PutAsync(space, "a", "3", expected: 1)).Outcome);
        Assert.Equal([(record.Id, new(record.Version, 2))], await ReadVersionsAsync(record.Id));

        await DeleteAsync(space, "a");
        Assert.Equal([(record.Id, new(record.Version, 3))], await ReadVersionsAsync(record.Id));
    }

    [BehaviourFact]
    public async Task VersionsOfAsManyIdsAsAreAllowed_Read_GiveThoseThatThereAre()
    {
        var there = await Task.WhenAll(Enumerable.Range(0, 500).Select(async _ => (await CreateAsync()).Id));
        SessionId[] ids = [.. Enumerable.Range(0, 9_500).Select(_ => SessionId.New()), .. there];

        var versions = await store.ReadVersionsAsync(ids, default);

        Assert.Equal(there.Order(), versions.Keys.Order());
        Assert.All(versions.Values, held => Assert.Equal(new(1, 0), held));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => store.ReadVersionsAsync([.. ids, SessionId.New()], default).AsTask());
    }

    [BehaviourFact]
    public async Task VersionCommittedBeforeTheQuestion_ReadByAnotherStore_IsSeen()
    {
        var other = (await OpenAsync()).Sessions;
        var record = await CreateAsync();

        for (var round = 0; round < 20; round++)
        {
            var save = SessionRecords.Log(record, 1);
            await SaveAsync(save);
            record = save.Record;

            Assert.Equal(record.Version, (await other.ReadVersionsAsync([record.Id], default))[record.Id].Version);
        }
    }

    private async Task<IEnumerable<(SessionId Id, StoredVersions Held)>> ReadVersionsAsync(params SessionId[] ids) =>
        (await store.ReadVersionsAsync(ids, default)).Select(pair => (pair.Key, pair.Value));
}

using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Reading;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>Reads that share a statement: who gets what, and who hears of a failure.</summary>
public sealed class GroupReaderTests
{
    private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string[]> batches = [];

    [Fact]
    public async Task ManyWhileOneIsUnderWay_Read_ShareTheNextStatementAndEachGetsItsOwn()
    {
        var reader = new GroupReader<string>(async ids =>
        {
            lock (batches)
            {
                batches.Add(ids);
            }

            await gate.Task;
            return ids.Where(id => !id.EndsWith('0')).ToDictionary(id => id, id => "body of " + id);
        });
        var first = reader.ReadAsync(SessionId.New(), default);
        await TestKit.Eventually.Holds(() => batches.Count == 1, "the first read is under way");
        var ids = Enumerable.Range(0, 10).Select(_ => SessionId.New()).ToArray();

        var reads = ids.Concat(ids).Select(id => (Id: id.ToString(), Read: reader.ReadAsync(id, default))).ToArray();
        gate.SetResult();

        await first;
        foreach (var (id, read) in reads)
        {
            Assert.Equal(id.EndsWith('0') ? null : "body of " + id, await read);
        }

        Assert.InRange(batches.Count, 2, 3);
        Assert.All(batches, batch => Assert.Equal(batch.Distinct(), batch));
    }

    [Fact]
    public async Task StatementFails_EveryReadInIt_HearsOfItAndTheNextOneIsServed()
    {
        var failing = true;
        var reader = new GroupReader<string>(ids => failing
            ? throw new StoreUnavailableException("gone")
            : Task.FromResult<IReadOnlyDictionary<string, string>>(ids.ToDictionary(id => id, _ => "here")));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => reader.ReadAsync(SessionId.New(), default));
        failing = false;

        Assert.Equal("here", await reader.ReadAsync(SessionId.New(), default));
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sessions.Core.Ownership;
using Sessions.Grains.Ownership;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.TestKit;
using Sessions.TestKit.Storage;

namespace Sessions.Cluster.Tests;

public sealed class VersionLooksTests
{
    private readonly FaultySessionStore store = new(MemoryStorage.Create().Sessions);
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Look_Answered_CountsFromBeforeItWasSent()
    {
        var save = SessionRecords.Create();
        await store.SaveAsync(save, default);
        var answer = new TaskCompletionSource();
        store.HoldVersions(answer.Task);
        var sentAt = time.GetTimestamp();
        var looks = Looks();

        var looking = looks.LookAsync(save.Record.Id);
        await Eventually.Holds(() => store.VersionQuestions == 1, "the question is asked");
        time.Advance(TimeSpan.FromSeconds(1));
        answer.SetResult();

        Assert.Equal(new(new StoredVersions(1, 0), sentAt), await looking);
        Assert.Equal(new(default, time.GetTimestamp()), await looks.LookAsync(SessionId.New()));
    }

    [Fact]
    public async Task Looks_AskedWhileAQuestionIsUnderWay_ShareItOrTheNextOne()
    {
        SessionId[] ids = [.. Enumerable.Range(0, 100).Select(_ => SessionId.New())];
        var answer = new TaskCompletionSource();
        store.HoldVersions(answer.Task);
        var looks = Looks();
        var first = looks.LookAsync(ids[0]);
        await Eventually.Holds(() => store.VersionQuestions == 1, "the question is asked");

        var others = ids.Concat(ids).Select(looks.LookAsync).ToArray();
        Assert.Equal(1, store.VersionQuestions);
        answer.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(2, store.VersionQuestions);
        Assert.All(ids, id => Assert.Equal(1, store.VersionLooks(id)));
        await looks.LookAsync(ids[0]);
        Assert.Equal(3, store.VersionQuestions);
    }

    [Fact]
    public async Task Looks_ForMoreSessionsThanOneQuestionTakes_AreAllAnswered()
    {
        var answer = new TaskCompletionSource();
        store.HoldVersions(answer.Task);
        var looks = Looks();
        var first = looks.LookAsync(SessionId.New());
        var others = Enumerable.Range(0, 11_000).Select(_ => looks.LookAsync(SessionId.New())).ToArray();
        answer.SetResult();

        await Task.WhenAll([first, .. others]).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.InRange(store.VersionQuestions, 3, 4);
    }

    [Fact]
    public async Task StoreRefuses_Looks_FailAndTheNextOneIsAskedAnew()
    {
        var id = SessionId.New();
        store.FailReads(id);
        var looks = Looks();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => looks.LookAsync(id));

        store.FailReads(id, fail: false);

        Assert.Equal(default, (await looks.LookAsync(id)).Found);
    }

    [Fact]
    public async Task StoreDoesNotAnswer_UntilTheDeadline_IsUnavailable()
    {
        store.HoldVersions(new TaskCompletionSource().Task);
        var looks = Looks(TimeSpan.FromMilliseconds(20));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => looks.LookAsync(SessionId.New()));

        store.HoldVersions(Task.CompletedTask);
        Assert.Equal(default, (await looks.LookAsync(SessionId.New())).Found);
    }

    private VersionLooks Looks(TimeSpan? deadline = null) =>
        new(store, time, NullLogger<VersionLooks>.Instance) { Deadline = deadline ?? TimeSpan.FromMinutes(1) };
}

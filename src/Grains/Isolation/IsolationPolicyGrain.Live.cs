using System.Collections.Immutable;
using Orleans.Streams;
using Orleans.Streams.Core;
using Sessions.Core;

namespace Sessions.Grains;

/// <content>
/// Who is live: read from the store, kept current by the lifecycle stream, and compared with the store's own counter now and then.
/// </content>
internal sealed partial class IsolationPolicyGrain : IPolicyLedgerGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<SessionEvent>
{
    private const int PageSize = 1000;
    private static readonly TimeSpan ComparePeriod = TimeSpan.FromSeconds(10);

    private readonly LiveLedger ledger = new();

    // What is heard while the store is read; null while nobody reads.
    private List<LiveNote>? heard;
    private Task? rebuilding;
    private IGrainTimer? comparing;
    private bool isBuilt;
    private bool wasOff;

    public async ValueTask<SessionError?> Admit(SessionId session)
    {
        if (MaximumHere() is not { } maximum)
        {
            return null;
        }

        await EnsureBuiltAsync();
        if (isBuilt && ledger.Count < maximum)
        {
            return null;
        }

        // The ledger may be behind; who is refused is refused by the counter that decides in the end.
        var full = (await store.ReadLiveCountsAsync(Namespace, CancellationToken.None)).LastOrDefault(count => count.Namespace == Namespace);
        if (full is null || full.Live < full.Maximum)
        {
            Rebuild().Ignore();
            return null;
        }

        return Refusals.TooManyLive(session, full, options.Value.RetryAfter);
    }

    public async ValueTask<LiveCount> CountLive()
    {
        if (MaximumHere() is not { } maximum)
        {
            var counts = await sessions.CountByStatusAsync(Namespace, CancellationToken.None);
            return new LiveCount(Namespace, null, counts.Where(count => Liveness.IsLive(count.Key)).Sum(count => count.Value));
        }

        await EnsureBuiltAsync();
        return new LiveCount(Namespace, maximum, ledger.Count);
    }

    public ValueTask Note(ImmutableArray<LiveNote> notes)
    {
        heard?.AddRange(notes);
        foreach (var note in notes)
        {
            ledger.Note(note.Session, note.Sequence, note.IsLive);
        }

        return ValueTask.CompletedTask;
    }

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<SessionEvent>().ResumeAsync(this);

    public async Task OnNextAsync(IList<SequentialItem<SessionEvent>> items)
    {
        // Most namespaces have no maximum above them, and nobody who would want to know.
        if (book.Of(Namespace)?.LiveLimits is not { IsEmpty: false } limits)
        {
            return;
        }

        var notes = items.Select(item => new LiveNote(item.Item.SessionId, item.Item.Sequence, Liveness.IsLive(item.Item.Status))).ToImmutableArray();
        foreach (var limit in limits)
        {
            await (limit.Namespace == Namespace ? Note(notes) : GrainFactory.GetGrain<IPolicyLedgerGrain>(GrainFactoryExtensions.KeyOf(limit.Namespace)).Note(notes));
        }
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    private long? MaximumHere() => book.Of(Namespace)?.LiveLimits.LastOrDefault(limit => limit.Namespace == Namespace)?.Maximum;

    private async ValueTask EnsureBuiltAsync()
    {
        if (!isBuilt)
        {
            await Rebuild();
            comparing ??= this.RegisterGrainTimer(
                static (grain, _) => grain.Compare(), this, new GrainTimerCreationOptions(ComparePeriod, ComparePeriod) { Interleave = true });
        }
    }

    /// <summary>Looks whether the ledger has gone astray; twice, because what is under way is not in it yet.</summary>
    private async Task Compare()
    {
        var counted = (await store.ReadLiveCountsAsync(Namespace, CancellationToken.None)).LastOrDefault(count => count.Namespace == Namespace);
        var isOff = counted is not null && counted.Live != ledger.Count;
        if (isOff && wasOff)
        {
            await Rebuild();
        }

        wasOff = isOff;
    }

    private Task Rebuild() => rebuilding is { IsCompleted: false } ? rebuilding : rebuilding = RebuildAsync();

    private async Task RebuildAsync()
    {
        heard = [];
        try
        {
            var live = new List<(SessionId, long)>();
            var last = (SessionId?)null;
            for (var count = PageSize; count == PageSize;)
            {
                var page = await store.ReadLiveAsync(Namespace, last, PageSize, CancellationToken.None);
                live.AddRange(page.Select(session => (session.Id, session.Sequence)));
                (last, count) = (page.IsEmpty ? null : page[^1].Id, page.Length);
            }

            ledger.Rebuild(live, heard.Select(note => (note.Session, note.Sequence, note.IsLive)));
            isBuilt = true;
        }
#pragma warning disable CA1031 // Without a ledger every question goes to the store's counter, which decides anyway.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotRebuilt(exception, Namespace);
        }
        finally
        {
            heard = null;
        }
    }
}

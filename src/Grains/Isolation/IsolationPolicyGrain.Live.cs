using System.Collections.Immutable;
using Orleans.Streams;
using Orleans.Streams.Core;
using Sessions.Core;
using Sessions.Core.Isolation;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Isolation;

/// <content>
/// Who is live: read from the store once, kept current by the lifecycle stream, and made good by the log, from a cursor on.
/// </content>
internal sealed partial class IsolationPolicyGrain : IPolicyLedgerGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<SessionEvent>
{
    private const int PageSize = 1000;

    // How long a word that the stream lost may be missing.
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private LiveLedger ledger = new();

    // Runs while there is a maximum and somebody has asked; without it nobody would make good what the stream says.
    private IGrainTimer? looking;
    private bool isBuilt;

    private OnceMore Looks => field ??= new OnceMore(LookOnceAsync, fault => LogNotReconciled(fault, Namespace));

    public async ValueTask<SessionError?> Admit(SessionId session)
    {
        if (session.IsDefault)
        {
            return SessionError.InvalidConfiguration(null, [new("session", "is missing")]);
        }

        if (MaximumHere() is not { } maximum)
        {
            return null;
        }

        await EnsureBuiltAsync();
        if (isBuilt && ledger.Count < maximum && line.Count == 0)
        {
            return null;
        }

        // The ledger may be behind or ahead; who is refused is refused by the counter that decides in the end, or because others wait.
        var full = await ReadCountAsync();
        if (full is not null && line.Count > 0)
        {
            return Refusals.TooManyLive(session, full, options.Value.RetryAfter, line.Count);
        }

        if (full is null || full.Live < full.Maximum)
        {
            LookAsync().Ignore();
            return null;
        }

        return Refusals.TooManyLive(session, full, options.Value.RetryAfter);
    }

    public async ValueTask<LiveCount> CountLive()
    {
        if (MaximumHere() is not { } maximum)
        {
            var counts = await search.CountAllAsync(
                new() { Namespace = Namespace, Statuses = [.. Enum.GetValues<SessionStatus>().Where(status => Liveness.IsLive(status))] }, CancellationToken.None);
            return new LiveCount(Namespace, null, counts.Values.Sum());
        }

        await EnsureBuiltAsync();
        return CountHere(maximum);
    }

    public ValueTask<long> CountWaiting() => new(line.Count);

    public ValueTask Note(ImmutableArray<LiveNote> notes)
    {
        if (looking is null)
        {
            return ValueTask.CompletedTask;
        }

        var isOneMissing = false;
        foreach (var note in notes)
        {
            // What has become of a session that waits the log says, and nothing else does.
            isOneMissing |= ledger.Note(note.Session, note.Sequence, note.IsLive) || line.TryFind(note.Session, out _);
        }

        if (isOneMissing)
        {
            LookAsync().Ignore();
        }

        ServeIfAnyWait();
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

    private long? MaximumHere() => LimitHere()?.Maximum;

    private LiveLimit? LimitHere() => book.Of(Namespace)?.LiveLimits.LastOrDefault(limit => limit.Namespace == Namespace);

    /// <summary>What the grain knows, without asking anybody.</summary>
    private LiveCount CountHere(long? maximum) => new(Namespace, maximum, ledger.Count) { Waiting = WaitingHere() };

    /// <summary>What the store counts; null where it knows of no maximum.</summary>
    private async ValueTask<LiveCount?> ReadCountAsync() =>
        (await store.ReadLiveCountsAsync(Namespace, CancellationToken.None)).LastOrDefault(count => count.Namespace == Namespace);

    private async ValueTask EnsureBuiltAsync()
    {
        // Before the store is read: what is heard meanwhile counts.
        looking ??= this.RegisterGrainTimer(
            static (grain, _) => grain.LookOrForget(), this, new GrainTimerCreationOptions(LookPeriod, LookPeriod) { Interleave = true });
        if (!isBuilt)
        {
            await LookAsync();
        }
    }

    private Task LookOrForget()
    {
        if (MaximumHere() is not null)
        {
            return LookAsync();
        }

        looking?.Dispose();
        (looking, ledger, isBuilt) = (null, new LiveLedger(), false);
        return Task.CompletedTask;
    }

    /// <summary>Makes the ledger good. One that is behind, or not there, sends every question to the store's counter, which decides anyway.</summary>
    private Task LookAsync() => Looks.RunAsync();

    private async Task LookOnceAsync() => isBuilt = await CatchUpAsync(isBuilt ? ledger : await BeginAsync());

    /// <summary>Reads who is live, and before that where the log ends: what changes in between is read again from the log.</summary>
    private async Task<LiveLedger> BeginAsync()
    {
        var begun = ledger;
        var end = await log.ReadLogAsync(Namespace, EventCursor.End, 1, CancellationToken.None);
        var live = new List<LiveSession>();
        for (var count = PageSize; count == PageSize;)
        {
            var page = await store.ReadLiveAsync(Namespace, live.Count == 0 ? null : live[^1].Id, PageSize, CancellationToken.None);
            live.AddRange(page);
            count = page.Length;
        }

        begun.Begin(end.Horizon, live);
        return begun;
    }

    /// <summary>Reads the log from the cursor to where it ends.</summary>
    /// <returns>False if the ledger has to begin anew, because there is another now, or the cursor is not one of this log.</returns>
    private async Task<bool> CatchUpAsync(LiveLedger kept)
    {
        for (var isBehind = true; isBehind;)
        {
            var page = await log.ReadLogAsync(Namespace, kept.Ask(), PageSize, CancellationToken.None);
            if (page.Newest < kept.Cursor)
            {
                return false;
            }

            kept.Apply(page);
            LookAfterWaiters(page);
            isBehind = !page.IsAtHorizon;
        }

        return kept == ledger;
    }
}

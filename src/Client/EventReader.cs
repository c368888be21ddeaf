using System.Runtime.CompilerServices;

namespace Sessions.Client;

/// <summary>
/// Reads logs for those who watch: page after page, each asked for when the one before it has been taken, and again from the same place
/// when there was no answer. What has been read decides what is asked next, so that nothing is lost or doubled whoever dies in between.
/// </summary>
internal sealed class EventReader(IGrainSource grains, SessionsClientOptions options, Caller caller)
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    // Short, because the silo that was asked may die, and nobody tells a client that waits for it.
    private TimeSpan Patience => Min(options.ResponseTimeout / 2, LongestPatience);

    /// <summary>A namespace's events, for as long as the caller takes them.</summary>
    public async IAsyncEnumerable<LoggedEvent> ReadAsync(
        SessionNamespace @namespace, WatchOptions watch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = new EventQuery(@namespace, watch.IncludeBelow);
        for (var after = watch.After; ;)
        {
            var from = after;
            var page = await caller.CallAsync(
                new CallSubject("Watch"),
                () => grains.Feed(@namespace).Read(query, from, watch.PageSize, Patience),
                static page => page.Refusal,
                Retries(watch.RetryBudget),
                cancellationToken);
            foreach (var e in page.Events)
            {
                yield return e;
            }

            after = page.Next;
        }
    }

    /// <summary>A session's events, until it has ended.</summary>
    public async IAsyncEnumerable<SessionEvent> ReadAsync(
        SessionId id, long afterSequence, int pageSize, TimeSpan? retryBudget, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = afterSequence; ;)
        {
            var from = after;
            var page = await caller.CallAsync(
                new CallSubject("Watch", id),
                () => grains.SessionLog(id).ReadLog(from, pageSize, Patience),
                static page => page.Refusal,
                Retries(retryBudget),
                cancellationToken);
            foreach (var e in page.Events)
            {
                yield return e;
                after = e.Sequence;
            }

            if (page.Ended)
            {
                yield break;
            }
        }
    }

    private Repetition Retries(TimeSpan? budget) => new(budget ?? TimeSpan.MaxValue, Patience + Min(options.ResponseTimeout / 2, Grace));

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

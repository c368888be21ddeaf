using Sessions.Core;
using Sessions.Core.Events;

namespace Sessions.Grains.Session;

/// <summary>The session's own log, for those who watch it.</summary>
internal sealed partial class SessionGrain : ISessionLogGrain
{
    public async ValueTask<SessionLogPage> ReadLog(long afterSequence, int limit, TimeSpan patience)
    {
        if (FeedRules.Refuse(id, afterSequence, limit) is { } refusal)
        {
            return new SessionLogPage { Refusal = refusal };
        }

        await Prove();
        if (record is not null && afterSequence > record.LastSequence
            && (await silo.Store.ReadEventsAsync(id, afterSequence - 1, 1, CancellationToken.None)).IsEmpty)
        {
            return new SessionLogPage { Refusal = FeedRules.Ahead(id, afterSequence) };
        }

        // By the machine's clock: how long a caller waits has nothing to do with the session's own time.
        var asked = TimeProvider.System.GetTimestamp();
        for (var left = FeedRules.Patience(patience); left > TimeSpan.Zero && IsQuiet(afterSequence);)
        {
            await AwaitChange(left, TimeProvider.System);
            left = FeedRules.Patience(patience) - TimeProvider.System.GetElapsedTime(asked);
        }

        // What was proven before the wait is not proven after it.
        await Prove();
        if (record is null)
        {
            return new SessionLogPage { Refusal = Refusals.NotFound(id) };
        }

        // Also where nothing is known to be new: another activation may have committed since the proof.
        var ended = Lifecycle.IsFinal(record.Status) ? record.LastSequence : long.MaxValue;
        var events = await silo.Store.ReadEventsAsync(id, afterSequence, limit, CancellationToken.None);
        return new SessionLogPage
        {
            Events = events,
            Ended = (events.IsEmpty ? afterSequence : events[^1].Sequence) >= ended,
        };
    }

    private bool IsQuiet(long afterSequence) =>
        !inDoubt && record is not null && record.LastSequence <= afterSequence && !Lifecycle.IsFinal(record.Status);
}

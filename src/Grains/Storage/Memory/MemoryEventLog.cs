using Sessions.Core.Events;

namespace Sessions.Grains.Storage.Memory;

/// <summary>The events of all sessions in memory.</summary>
internal sealed class MemoryEventLog(MemoryDatabase database) : IEventLog
{
    /// <inheritdoc/>
    public ValueTask<EventLogPage> ReadLogAsync(
        SessionNamespace? within, EventCursor after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (database.Gate)
        {
            return ValueTask.FromResult(database.Log.Read(within, after, limit));
        }
    }
}

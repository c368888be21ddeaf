using System.Collections.Concurrent;
using Sessions.Core.Events;
using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>The events of all sessions, which fails for the tenants that a test names.</summary>
internal sealed class FaultyEventLog(IEventLog inner) : IEventLog
{
    private readonly ConcurrentDictionary<string, bool> unreadable = new();

    /// <summary>Lets every read of a tenant's log fail until the test takes it back.</summary>
    public void FailLog(SessionNamespace tenant, bool fail = true)
    {
        if (fail)
        {
            unreadable[tenant.Tenant] = true;
        }
        else
        {
            unreadable.TryRemove(tenant.Tenant, out _);
        }
    }

    public ValueTask<EventLogPage> ReadLogAsync(
        SessionNamespace? within, EventCursor after, int limit, CancellationToken cancellationToken) =>
        within is { } root && unreadable.ContainsKey(root.Tenant)
            ? throw new StoreUnavailableException("The test refuses to read the log.")
            : inner.ReadLogAsync(within, after, limit, cancellationToken);
}

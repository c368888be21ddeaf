using System.Collections.Immutable;
using Sessions.Core.Events;

namespace Sessions.Grains.Storage;

/// <summary>The events of all sessions as one sequence, in an order in which nothing is ever added before what was read.</summary>
internal interface IEventLog
{
    /// <summary>
    /// Events after <paramref name="after"/>, in order; of one session in the order of its sequences. Stops before the first event
    /// that another might still come to stand in front of, because its transaction is not over.
    /// </summary>
    /// <param name="within">A namespace, with all below it; null for all events.</param>
    /// <param name="after">What has been read already; one that lies ahead of the log finds nothing, see <see cref="EventLogPage.Newest"/>.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<EventLogPage> ReadLogAsync(SessionNamespace? within, EventCursor after, int limit, CancellationToken cancellationToken);
}

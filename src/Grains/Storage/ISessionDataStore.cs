using System.Collections.Immutable;
using Sessions.Core.Data;

namespace Sessions.Grains.Storage;

/// <summary>
/// Where the data of sessions lives. Writes of one session come one after the other, whoever writes, and each is judged by the session as
/// it stands in the store: nothing is written beyond its limit, and nothing once it has ended.
/// </summary>
internal interface ISessionDataStore
{
    /// <summary>Puts or deletes one value, if the session lets it. Repeated, it answers as it did then and changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Written or not, nobody knows; repeat it to find out.</exception>
    ValueTask<DataChange> WriteDataAsync(DataSpace space, DataWrite write, CancellationToken cancellationToken);

    /// <summary>One value, as committed when the question came or later.</summary>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<DataReading> ReadDataAsync(DataSpace space, DataKey key, CancellationToken cancellationToken);

    /// <summary>What is there, by the bytes of the keys in UTF-8.</summary>
    /// <param name="space">Whose.</param>
    /// <param name="prefix">How the keys begin; empty for all.</param>
    /// <param name="after">The last key of the page before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<DataEntry>> ListDataAsync(
        DataSpace space, string prefix, DataKey? after, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes all that a session has which has ended; does nothing while it has not. Safe to repeat.</summary>
    /// <exception cref="StoreUnavailableException">Not all of it is deleted, or nobody knows.</exception>
    ValueTask DropDataAsync(DataSpace space, CancellationToken cancellationToken);
}

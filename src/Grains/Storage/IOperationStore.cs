using System.Collections.Immutable;
using Sessions.Core.Operations;

namespace Sessions.Grains.Storage;

/// <summary>Where operations over many sessions live: in the store of the sessions, each a row that is fenced by its version.</summary>
internal interface IOperationStore
{
    /// <summary>The operation; null if there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<OperationRecord?> ReadOperationAsync(OperationId id, CancellationToken cancellationToken);

    /// <summary>
    /// Writes an operation at version v: with v = 1 as a new one, else over version v − 1. False, and nothing written, if the store holds
    /// another version.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Written or not, nobody knows; read to find out.</exception>
    ValueTask<bool> SaveOperationAsync(OperationRecord operation, CancellationToken cancellationToken);

    /// <summary>The operations about a namespace or one below it, those that began last first.</summary>
    /// <param name="within">The namespace.</param>
    /// <param name="actor">Who started them; null for anybody.</param>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<OperationRecord>> ListOperationsAsync(
        SessionNamespace within, Principal? actor, OperationPlace? after, int limit, CancellationToken cancellationToken);

    /// <summary>Operations that have not ended and that nobody has written for so long, by the store's own clock.</summary>
    /// <param name="untouched">How long.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<OperationId>> FindStalledOperationsAsync(TimeSpan untouched, int limit, CancellationToken cancellationToken);

    /// <summary>Forgets operations that ended so long ago, by the store's own clock.</summary>
    /// <param name="ended">How long.</param>
    /// <param name="limit">The most at once, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many.</returns>
    /// <exception cref="StoreUnavailableException">The store could not answer; some may be forgotten.</exception>
    ValueTask<int> ForgetOperationsAsync(TimeSpan ended, int limit, CancellationToken cancellationToken);
}

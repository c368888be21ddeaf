using Orleans.Storage;

namespace Sessions.Grains.Storage;

/// <summary>
/// The state that Orleans's own providers keep for one of our grains. It is read by a call and not while the grain is activated: an
/// exception of an activation goes to the caller as it is, and a client cannot read the types of a database. All that comes out of here
/// are the exceptions of our stores.
/// </summary>
/// <typeparam name="T">The state; immutable, because providers serialize it on another thread.</typeparam>
internal sealed class GrainStateRecord<T>(IGrainStorage storage, string name, GrainId grain)
    where T : class, new()
{
    private readonly GrainState<T> held = new();
    private bool isRead;

    /// <summary>The state as it is stored; that of a new grain where there is none.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public async ValueTask<T> ReadAsync()
    {
        if (!isRead)
        {
            try
            {
                await storage.ReadStateAsync(name, grain, held);
            }
            catch (Exception fault) when (fault is not StoreUnavailableException)
            {
                throw new StoreUnavailableException($"The state of {grain} cannot be read: {fault.Message}", fault);
            }

            isRead = true;
        }

        return held.State ??= new T();
    }

    /// <summary>Writes over what was read.</summary>
    /// <returns>False if another activation has written since; the next read finds what.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Written or not; the next read finds out.</exception>
    public async ValueTask<bool> TryWriteAsync(T next)
    {
        var before = held.State;
        held.State = next;
        try
        {
            await storage.WriteStateAsync(name, grain, held);
            return true;
        }
        catch (InconsistentStateException)
        {
            Forget(before);
            return false;
        }
        catch (Exception fault)
        {
            Forget(before);
            throw fault is StoreUnavailableException or StoreOutcomeUnknownException ? fault
                : CallFaults.KindOf(fault) == FaultKind.Transient
                    ? new StoreUnavailableException($"The state of {grain} was not written: {fault.Message}", fault)
                    : new StoreOutcomeUnknownException($"Whether the state of {grain} was written is not known: {fault.Message}", fault);
        }
    }

    /// <summary>What was not written is not to be shown, and what is stored is to be read before it is shown.</summary>
    private void Forget(T? before) => (held.State, isRead) = (before!, false);
}

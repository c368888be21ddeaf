using Sessions.Grains.Storage;

namespace Sessions.TestKit.Storage;

/// <summary>How the next save of one session goes wrong.</summary>
public enum StoreFault
{
    /// <summary>Nothing is written, and the store says so.</summary>
    Refuses,

    /// <summary>It is written, and the connection dies before the answer.</summary>
    CommitsAndFails,

    /// <summary>It is not written, and the connection dies before the answer.</summary>
    LosesAndFails,
}

internal static class StoreFaults
{
    /// <summary>Writes, or goes wrong in one of the ways; null for none.</summary>
    public static async ValueTask<T> WriteAsync<T>(this StoreFault? fault, Func<ValueTask<T>> write)
    {
        if (fault is null)
        {
            return await write();
        }

        if (fault == StoreFault.Refuses)
        {
            throw new StoreUnavailableException("The test refuses this write.");
        }

        if (fault == StoreFault.CommitsAndFails)
        {
            await write();
        }

        throw new StoreOutcomeUnknownException("The test cut the connection.");
    }
}

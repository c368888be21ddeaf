namespace Sessions.Grains.Storage.Memory;

/// <summary>A store in the memory of one process, for tests and first steps. What it holds ends with the process.</summary>
internal static class MemoryStorage
{
    /// <summary>A new, empty store.</summary>
    public static SessionStorage Create() => Over(new MemoryDatabase());

    /// <summary>The ports over a database.</summary>
    internal static SessionStorage Over(MemoryDatabase database) => new(
        new MemorySessionStore(database),
        new MemoryDueSessions(database),
        new MemoryEventLog(database),
        new MemorySessionSearch(database),
        new MemorySessionDataStore(database),
        new MemoryPolicyStore(database),
        new MemoryOperationStore(database));
}

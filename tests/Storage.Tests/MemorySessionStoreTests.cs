using Sessions.Storage.Memory;

namespace Sessions.Storage.Tests;

public sealed class MemorySessionStoreTests : SessionStoreBehaviour
{
    private readonly MemorySessionStore store = new();

    // Its data is in the instance, so that a second store on the same data is the first.
    protected override Task<ISessionStore> OpenAsync() => Task.FromResult<ISessionStore>(store);
}

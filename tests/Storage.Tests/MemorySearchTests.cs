using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.Storage.Behaviour;

namespace Sessions.Storage.Tests;

public sealed class MemorySearchTests : SearchBehaviour
{
    internal override Task<SessionStorage> OpenAsync(int scan)
    {
        var database = new MemoryDatabase();
        return Task.FromResult(MemoryStorage.Over(database) with { Search = new MemorySessionSearch(database) { Scan = scan } });
    }
}

using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.Storage.Behaviour;

namespace Sessions.Storage.Tests;

public sealed class MemorySearchTests : SearchBehaviour
{
    protected override Task<SessionStorage> OpenAsync(int scan) =>
        Task.FromResult(SessionStorage.Of(new MemorySessionStore { SearchScan = scan }));
}

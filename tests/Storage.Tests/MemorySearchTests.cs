using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;

namespace Sessions.Storage.Tests;

public sealed class MemorySearchTests : SearchBehaviour
{
    protected override Task<ISessionStore> OpenAsync(int scan) =>
        Task.FromResult<ISessionStore>(new MemorySessionStore { SearchScan = scan });
}

using System.Collections;
using System.Reflection;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.Storage.Behaviour;

namespace Sessions.Storage.Tests;

public sealed class MemorySessionStoreTests : SessionStoreBehaviour
{
    private readonly MemorySessionStore store = new();

    // Its data is in the instance, so that a second store on the same data is the first.
    protected override Task<SessionStorage> OpenAsync() => Task.FromResult(SessionStorage.Of(store));

    /// <summary>The fields that hold something which says the session's id.</summary>
    protected override Task<IReadOnlyCollection<string>> KeptOfAsync(SessionRecord record) => Task.FromResult<IReadOnlyCollection<string>>(
        [.. typeof(MemorySessionStore).GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .Where(field => Says(field.GetValue(store), record.Id.ToString()))
            .Select(field => field.Name)]);

    private static bool Says(object? held, string id) => held switch
    {
        null => false,
        string text => text.Contains(id, StringComparison.Ordinal),
        IDictionary map => map.Keys.Cast<object>().Concat(map.Values.Cast<object>()).Any(one => Says(one, id)),
        IEnumerable many => many.Cast<object?>().Any(one => Says(one, id)),
        _ => held.ToString()!.Contains(id, StringComparison.Ordinal),
    };
}

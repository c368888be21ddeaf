using System.Collections;
using System.Reflection;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Memory;
using Sessions.Storage.Behaviour;
using Xunit;

namespace Sessions.Storage.Tests;

public sealed class MemorySessionStoreTests : SessionStoreBehaviour
{
    private readonly SessionStorage opened = MemoryStorage.Create();

    // Its data is in the instance, so that a second store on the same data is the first.
    internal override Task<SessionStorage> OpenAsync() => Task.FromResult(opened);

    /// <summary>The fields of the ports, and of all parts of the store behind them, that hold something which says the session's id.</summary>
    internal override Task<IReadOnlyCollection<string>> KeptOfAsync(SessionRecord record)
    {
        var kept = new List<string>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var parts = new Stack<object>(
            [opened.Sessions, opened.Due, opened.Log, opened.Search, opened.Data, opened.Policies, opened.Operations]);
        while (parts.TryPop(out var part))
        {
            foreach (var field in seen.Add(part) ? part.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic) : [])
            {
                var held = field.GetValue(part);
                if (held?.GetType().Namespace == typeof(MemoryStorage).Namespace)
                {
                    parts.Push(held!);
                }
                else if (Says(held, record.Id.ToString()))
                {
                    kept.Add($"{part.GetType().Name}.{field.Name}");
                }
            }
        }

        // Otherwise the walk has missed where sessions are, and would miss what is left of them.
        Assert.Contains(seen, part => part is MemoryDatabase);
        return Task.FromResult<IReadOnlyCollection<string>>(kept);
    }

    private static bool Says(object? held, string id) => held switch
    {
        null => false,
        string text => text.Contains(id, StringComparison.Ordinal),
        IDictionary map => map.Keys.Cast<object>().Concat(map.Values.Cast<object>()).Any(one => Says(one, id)),
        IEnumerable many => many.Cast<object?>().Any(one => Says(one, id)),
        _ => held.ToString()!.Contains(id, StringComparison.Ordinal),
    };
}

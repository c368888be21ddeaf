using Sessions.Core;

namespace Sessions.Grains.Storage.Memory;

/// <summary>The live-session limits of namespaces, each with its counter.</summary>
internal sealed class LiveCounters
{
    private readonly Dictionary<SessionNamespace, LiveCount> limits = [];

    /// <summary>The limit of exactly this namespace; null if it has none.</summary>
    public LiveCount? Of(SessionNamespace @namespace) => limits.GetValueOrDefault(@namespace);

    public void Set(LiveCount limit) => limits[limit.Namespace] = limit;

    public void Remove(SessionNamespace @namespace) => limits.Remove(@namespace);

    /// <summary>The outermost limit that leaves no room for what a save makes live; null if there is room.</summary>
    public LiveCount? FullFor(SessionSave save) => save.LiveChange <= 0
        ? null
        : save.Record.Namespace.Path().Select(Of).FirstOrDefault(limit => limit?.Live >= limit?.Maximum);

    /// <summary>Counts what a save makes live, or ends, in every limit above it.</summary>
    public void Count(SessionSave save)
    {
        foreach (var level in save.LiveChange == 0 ? [] : save.Record.Namespace.Path())
        {
            if (limits.TryGetValue(level, out var limit))
            {
                limits[level] = limit with { Live = limit.Live + save.LiveChange };
            }
        }
    }
}

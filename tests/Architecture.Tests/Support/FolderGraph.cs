namespace Sessions.Architecture.Tests.Support;

/// <summary>Folders and what they use, as a graph.</summary>
internal static class FolderGraph
{
    /// <summary>The folders that are in a cycle once these arrows are taken away, in order; empty if there is none.</summary>
    public static IReadOnlyList<string> FindCycles(
        IReadOnlyDictionary<string, IReadOnlySet<string>> uses, IEnumerable<(string From, string To)> without)
    {
        var removed = without.ToHashSet();
        var rest = uses.ToDictionary(one => one.Key, one => one.Value.Where(to => !removed.Contains((one.Key, to))).ToHashSet());

        // What uses nothing that is left, and what nothing uses, is in no cycle.
        while (rest.Keys.FirstOrDefault(one => rest[one].Count == 0 || !rest.Values.Any(used => used.Contains(one))) is { } free)
        {
            rest.Remove(free);
            foreach (var used in rest.Values)
            {
                used.Remove(free);
            }
        }

        return [.. rest.SelectMany(one => one.Value.Select(to => $"{one.Key} -> {to}")).Order(StringComparer.Ordinal)];
    }
}

namespace Sessions.Grains.Storage.Memory;

/// <summary>The sessions that are due at some time: by namespace, and in each by time.</summary>
internal sealed class DueIndex
{
    private static readonly IComparer<(DateTimeOffset DueAt, SessionId Id)> ByTimeThenId =
        Comparer<(DateTimeOffset DueAt, SessionId Id)>.Create((a, b) => (a.DueAt, a.Id).CompareTo((b.DueAt, b.Id)));

    private readonly SortedDictionary<string, SortedSet<(DateTimeOffset DueAt, SessionId Id)>> due = new(StringComparer.Ordinal);

    /// <summary>The namespaces after one, each with the time when its first session is due.</summary>
    public IEnumerable<DueNamespace> NamespacesAfter(SessionNamespace? after) => due
        .Where(sessions => string.CompareOrdinal(sessions.Key, after?.ToString() ?? "") > 0)
        .Select(sessions => new DueNamespace(SessionNamespace.Parse(sessions.Key), sessions.Value.Min.DueAt));

    /// <summary>The sessions of a namespace, not below it, that are due by then; the longest due first.</summary>
    public IEnumerable<SessionId> DueBy(DateTimeOffset now, SessionNamespace @namespace) =>
        (due.GetValueOrDefault(@namespace.ToString()) ?? []).TakeWhile(one => one.DueAt <= now).Select(one => one.Id);

    /// <summary>Puts a session where it is due next; null for never.</summary>
    public void Set(MemoryEntry entry, DateTimeOffset? dueAt)
    {
        var name = entry.Record.Namespace.ToString();
        if (entry.DueAt is { } before && due.TryGetValue(name, out var others))
        {
            others.Remove((before, entry.Record.Id));
            if (others.Count == 0)
            {
                due.Remove(name);
            }
        }

        entry.DueAt = dueAt;
        if (dueAt is { } next)
        {
            if (!due.TryGetValue(name, out var sessions))
            {
                due.Add(name, sessions = new(ByTimeThenId));
            }

            sessions.Add((next, entry.Record.Id));
        }
    }
}

namespace Sessions.Cli.Output;

/// <summary>A list for machines. <see cref="Complete"/> is false where there are more than were asked for.</summary>
internal sealed record SessionListJson(IReadOnlyList<SessionJson> Sessions, bool Complete)
{
    public static SessionListJson Of(IReadOnlyList<SessionSnapshot> sessions, bool complete) =>
        new([.. sessions.Select(SessionJson.Of)], complete);
}

/// <summary>One change of a list: a session that is listed as it is now, or one that is listed no more.</summary>
internal sealed record ListedJson(bool Listed, SessionJson Session);

/// <summary>What happened to a session; executions are null where they were not asked for.</summary>
internal sealed record HistoryJson(SessionId SessionId, IReadOnlyList<EventJson> Events, IReadOnlyList<ExecutionRecord>? Executions);

/// <summary>How many sessions end within a time from now, or should have ended before.</summary>
internal sealed record EndsWithin(TimeSpan Within, long Sessions);

/// <summary>Counts of a namespace, by the level below it, and of what ends soon.</summary>
internal sealed record StatsJson(CountsJson All, IReadOnlyList<CountsJson> Namespaces, IReadOnlyList<EndsWithin> Ends)
{
    public static StatsJson Of(SessionNamespace? within, IReadOnlyList<NamespaceCount> counts, IReadOnlyList<EndsWithin> ends) => new(
        CountsJson.Of(within, StateCounts.Complete(counts.Select(count => count.ByStatus))),
        [.. counts.Select(count => CountsJson.Of(count.Namespace, StateCounts.Complete([count.ByStatus])))],
        ends);
}

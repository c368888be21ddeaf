namespace Sessions.Core.Search;

/// <summary>Which index to walk for a query: what it states that promises the fewest sessions.</summary>
internal enum SearchPath
{
    /// <summary>All sessions, by time.</summary>
    Time,

    /// <summary>Those of some namespaces.</summary>
    Namespace,

    /// <summary>Those of a template.</summary>
    Template,

    /// <summary>Those of a creator.</summary>
    Creator,

    /// <summary>Those with a label.</summary>
    Label,
}

/// <summary>Chooses the way to the sessions that a query means.</summary>
internal static class SearchPaths
{
    /// <summary>Beyond so many namespaces, walking each of them by itself is dearer than walking them all together.</summary>
    public const int MaxNamespaces = 64;

    /// <summary>
    /// The way to walk. By their ends only sessions that have not ended have an index by namespace: of those that have, whoever asks says
    /// since when, and goes by time.
    /// </summary>
    public static SearchPath Choose(SessionQuery query, SessionOrder order)
    {
        if (SearchKeys.GoesByEnd(order))
        {
            return query.Namespace is not null && MeansOnlyOpen(query) ? SearchPath.Namespace : SearchPath.Time;
        }

        return query.Parent is not null || !query.Labels.IsEmpty ? SearchPath.Label
            : query.Creator is not null ? SearchPath.Creator
            : query.Template is not null ? SearchPath.Template
            : query.Namespace is not null ? SearchPath.Namespace
            : SearchPath.Time;
    }

    /// <summary>
    /// How many sessions a question looks at that may look at <paramref name="most"/> of the cheapest kind: a quarter, where each one has to
    /// be looked up elsewhere, or its labels.
    /// </summary>
    public static int Scan(SearchPath path, SessionQuery query, int most) =>
        path == SearchPath.Label || query.Text is not null || !query.Labels.IsEmpty || !query.LabelConditions.IsEmpty || query.Parent is not null ? Math.Max(1, most / 4) : most;

    private static bool MeansOnlyOpen(SessionQuery query) =>
        !query.Statuses.IsEmpty && !query.Statuses.Any(Lifecycle.IsFinal);
}

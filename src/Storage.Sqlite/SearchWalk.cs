using Sessions.Core.Search;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Statements;

namespace Sessions.Storage.Sqlite;

/// <summary>A session that a query means, as an index has it.</summary>
internal readonly record struct FoundSession(SearchPosition Place, long N, long Namespace, SessionStatus Status);

/// <summary>
/// Walks the indexes that a query names, each for a bounded number of sessions, and puts together what they find. An index knows instants
/// and no ids: sessions of the same instant are walked together and ordered here.
/// </summary>
/// <param name="connection">Where to read, in one snapshot.</param>
/// <param name="query">Which sessions.</param>
/// <param name="order">In which order.</param>
/// <param name="mostWalked">The most sessions to look at, but for those of one instant.</param>
internal sealed class SearchWalk(SqliteConnection connection, SessionQuery query, SessionOrder order, int mostWalked)
{
    private readonly bool isDescending = SearchKeys.IsDescending(order);

    /// <summary>Finds sessions after a place.</summary>
    /// <param name="after">The place; null for the beginning.</param>
    /// <param name="enough">How many are enough.</param>
    /// <returns>In order, at least as many as are enough if there are; and how far everything was looked at, null for the end.</returns>
    public (List<FoundSession> Found, SearchPosition? Horizon) Run(SearchPosition? after, int enough)
    {
        var (path, keys) = ChooseKeys();
        if (keys.Count == 0)
        {
            return ([], null);
        }

        var statement = new SearchStatement(query, order, path);
        var perStream = Math.Max(1, SearchPaths.Scan(path, query, mostWalked) / keys.Count);
        var found = new List<FoundSession>();
        SearchPosition? horizon = null;
        using var rows = connection.Prepare(statement.Sql);
        foreach (var key in keys)
        {
            rows.Reset();
            if (Walk(statement.Bind(rows, key, after), after, perStream, enough, found) is { } cut && (horizon is null || Compare(cut, horizon) < 0))
            {
                horizon = cut;
            }
        }

        found.Sort((a, b) => Compare(a.Place, b.Place));
        if (horizon is not null)
        {
            found.RemoveAll(one => Compare(one.Place, horizon) > 0);
        }

        return (found, horizon);
    }

    /// <summary>Where one stream was cut off, because it was long; null if it ended or gave enough.</summary>
    private SearchPosition? Walk(SqliteStatement rows, SearchPosition? after, int most, int enough, List<FoundSession> found)
    {
        var (walked, meant) = (0, 0);
        SearchPosition? last = null;
        while (rows.Step())
        {
            var at = Instants.OfMicros(rows.Int64(0));
            if (last is not null && at != last.At && (walked >= most || meant >= enough))
            {
                return meant >= enough ? null : last;
            }

            var place = new SearchPosition(at, SessionId.Of(rows.Bytes(1)));
            if (after is not null && Compare(place, after) <= 0)
            {
                continue;
            }

            walked++;
            last = last is null || Compare(place, last) > 0 ? place : last;
            if (rows.Int64(5) != 0)
            {
                meant++;
                found.Add(new FoundSession(place, rows.Int64(2), rows.Int64(3), (SessionStatus)rows.Int64(4)));
            }
        }

        return null;
    }

    private (SearchPath Path, List<object?> Keys) ChooseKeys()
    {
        var path = SearchPaths.Choose(query, order);
        switch (path)
        {
            case SearchPath.Label:
                return (path, [SearchKeys.LabelsWanted(query).First()]);
            case SearchPath.Creator:
                return (path, [query.Creator!.Value.ToString()]);
            case SearchPath.Template:
                return (path, [query.Template!.Value.Name]);
            case SearchPath.Namespace:
                var namespaces = query.IncludeBelow ? NamespaceTree.Read(connection, query.Namespace!.Value) : NamespaceTree.ReadOne(connection, query.Namespace!.Value);
                return namespaces.Count > SearchPaths.MaxNamespaces ? (SearchPath.Time, [null]) : (path, [.. namespaces]);
            default:
                return (SearchPath.Time, [null]);
        }
    }

    private int Compare(SearchPosition a, SearchPosition b)
    {
        var order = (a.At, a.Id).CompareTo((b.At, b.Id));
        return isDescending ? -order : order;
    }
}

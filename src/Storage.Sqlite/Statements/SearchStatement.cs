using System.Globalization;
using Sessions.Core.Search;
using Sessions.Storage.Sqlite.Engine;

namespace Sessions.Storage.Sqlite.Statements;

/// <summary>
/// Walks one index in the order of a list. A row has the instant, id, number, namespace and state of a session, and whether the query means
/// it: those that it does not mean are walked too, so that the caller decides how far.
/// </summary>
internal sealed class SearchStatement
{
    private const int FirstFilter = 4;

    private readonly SessionQuery query;
    private readonly SearchPath path;
    private readonly SessionOrder order;
    private readonly List<object> filters = [];

    public SearchStatement(SessionQuery query, SessionOrder order, SearchPath path)
    {
        (this.query, this.order, this.path) = (query, order, path);
        var meant = Meant();
        Sql =
            $"""
            SELECT {At}, s.id, s.n, s.namespace, s.status, {meant}
            FROM {Walked} AND {At} >= ?2 AND {At} <= ?3
            ORDER BY {At} {(SearchKeys.IsDescending(order) ? "DESC" : "")}
            """;
    }

    public string Sql { get; }

    private string Time => SearchKeys.GoesByEnd(order) ? "ends_at" : "requested_at";

    private string At => path == SearchPath.Label ? "l.requested_at" : $"s.{Time}";

    private string Walked => path switch
    {
        SearchPath.Label => "label AS l INDEXED BY label_requested CROSS JOIN session AS s ON s.n = l.session WHERE l.label = ?1",
        SearchPath.Creator => "session AS s INDEXED BY session_creator WHERE s.creator = ?1",
        SearchPath.Template => "session AS s INDEXED BY session_template WHERE s.template IS NOT NULL AND s.template = ?1",
        SearchPath.Namespace when SearchKeys.GoesByEnd(order) =>
            "session AS s INDEXED BY session_open WHERE s.namespace = ?1 AND s.is_open = 1",
        SearchPath.Namespace => "session AS s INDEXED BY session_namespace WHERE s.namespace = ?1",
        _ when SearchKeys.GoesByEnd(order) => "session AS s INDEXED BY session_ends WHERE ?1 IS NULL AND s.ends_at IS NOT NULL",
        _ => "session AS s INDEXED BY session_requested WHERE ?1 IS NULL",
    };

    /// <summary>Begins to walk.</summary>
    /// <param name="statement">The prepared statement.</param>
    /// <param name="key">What to walk on this path: a namespace's number, a text, or null for everything.</param>
    /// <param name="after">Where the page before ended; its instant is walked again.</param>
    public SqliteStatement Bind(SqliteStatement statement, object? key, SearchPosition? after)
    {
        Bind(statement, 1, key);
        var (low, high) = Bounds(after);
        statement.Bind(2, low).Bind(3, high);
        for (var n = 0; n < filters.Count; n++)
        {
            Bind(statement, FirstFilter + n, filters[n]);
        }

        return statement;
    }

    private static void Bind(SqliteStatement statement, int parameter, object? value)
    {
        if (value is long number)
        {
            statement.Bind(parameter, number);
        }
        else
        {
            statement.Bind(parameter, (string?)value);
        }
    }

    private (long Low, long High) Bounds(SearchPosition? after)
    {
        var (from, before) = SearchKeys.GoesByEnd(order) ? (query.EndsFrom, query.EndsBefore) : (query.RequestedFrom, query.RequestedBefore);
        var low = Instants.Micros(from) ?? long.MinValue;
        var high = Instants.Micros(before) - 1 ?? long.MaxValue;
        return after is not { } position ? (low, high)
            : SearchKeys.IsDescending(order) ? (low, Math.Min(high, Instants.Micros(position.At)))
            : (Math.Max(low, Instants.Micros(position.At)), high);
    }

    // What the path does not say already.
    private string Meant()
    {
        var conditions = new List<string>();
        if (query.Namespace is { } name && path != SearchPath.Namespace)
        {
            var at = Parameter(name.ToString());
            conditions.Add(query.IncludeBelow
                ? $"s.namespace IN (SELECT n FROM namespace WHERE name = {at} OR (name > {at} || '/' AND name < {at} || '0'))"
                : $"s.namespace = (SELECT n FROM namespace WHERE name = {at})");
        }

        if (query.Creator is { } creator && path != SearchPath.Creator)
        {
            conditions.Add($"s.creator = {Parameter(creator.ToString())}");
        }

        if (!query.Statuses.IsEmpty)
        {
            conditions.Add($"s.status IN ({string.Join(", ", query.Statuses.Select(status => ((int)status).ToString(CultureInfo.InvariantCulture)))})");
        }

        if (query.Template is { } template)
        {
            conditions.Add($"s.template = {Parameter(template.Name)}");
            if (template.Version is { } version)
            {
                conditions.Add($"s.template_version = {Parameter((long)version)}");
            }
        }

        AddBound("s.requested_at >=", query.RequestedFrom);
        AddBound("s.requested_at <", query.RequestedBefore);
        AddBound("s.ends_at >=", query.EndsFrom);
        AddBound("s.ends_at <", query.EndsBefore);
        foreach (var label in SearchKeys.LabelsWanted(query).Skip(path == SearchPath.Label ? 1 : 0))
        {
            conditions.Add($"EXISTS (SELECT 1 FROM label WHERE session = s.n AND label = {Parameter(label)})");
        }

        foreach (var condition in query.LabelConditions)
        {
            var (from, before) = SearchKeys.LabelsWithKey(condition.Key);
            var which = condition.Values.IsEmpty
                ? $"label >= {Parameter(from)} AND label < {Parameter(before)}"
                : $"label IN ({string.Join(", ", condition.Values.Select(value => Parameter(SearchKeys.LabelOf(condition.Key, value))))})";
            var not = condition.Operator is LabelOperator.NotIn or LabelOperator.NotExists ? "NOT " : "";
            conditions.Add($"{not}EXISTS (SELECT 1 FROM label WHERE session = s.n AND {which})");
        }

        if (query.HasEnd is { } hasEnd)
        {
            conditions.Add($"s.ends_at IS {(hasEnd ? "NOT " : "")}NULL");
        }

        if (query.Text is { } text)
        {
            conditions.Add($"EXISTS (SELECT 1 FROM label WHERE session = s.n AND instr(folded, {Parameter(SearchKeys.Fold(text))}) > 0)");
        }

        return conditions.Count == 0 ? "1" : $"coalesce({string.Join(" AND ", conditions)}, 0)";

        void AddBound(string comparison, DateTimeOffset? bound)
        {
            if (Instants.Micros(bound) is { } instant)
            {
                conditions.Add($"{comparison} {Parameter(instant)}");
            }
        }
    }

    private string Parameter(object value)
    {
        filters.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"?{FirstFilter + filters.Count - 1}");
    }
}

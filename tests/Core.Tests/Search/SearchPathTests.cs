using System.Collections.Immutable;
using Sessions.Core.Search;

namespace Sessions.Core.Tests.Search;

public class SearchPathTests
{
    private static readonly SessionQuery Everything = new()
    {
        Namespace = SessionNamespace.Parse("acme"),
        Creator = Principal.Parse("alice"),
        Template = TemplateReference.Parse("nb"),
        Labels = SessionQuery.All.Labels.Add("team", "x"),
        Statuses = [SessionStatus.Active],
    };

    [Fact]
    public void What_promises_the_fewest_sessions_Is_walked()
    {
        var query = Everything;
        Assert.Equal(SearchPath.Label, SearchPaths.Choose(query, SessionOrder.NewestFirst));
        query = query with { Labels = SessionQuery.All.Labels };
        Assert.Equal(SearchPath.Creator, SearchPaths.Choose(query, SessionOrder.NewestFirst));
        query = query with { Creator = null };
        Assert.Equal(SearchPath.Template, SearchPaths.Choose(query, SessionOrder.OldestFirst));
        query = query with { Template = null };
        Assert.Equal(SearchPath.Namespace, SearchPaths.Choose(query, SessionOrder.OldestFirst));
        query = query with { Namespace = null };
        Assert.Equal(SearchPath.Time, SearchPaths.Choose(query, SessionOrder.NewestFirst));
    }

    [Fact]
    public void By_their_ends_Only_open_sessions_are_walked_by_namespace()
    {
        Assert.Equal(SearchPath.Namespace, SearchPaths.Choose(Everything, SessionOrder.EndsFirst));
        Assert.Equal(SearchPath.Time, SearchPaths.Choose(Everything with { Namespace = null }, SessionOrder.EndsFirst));
        Assert.Equal(SearchPath.Time, SearchPaths.Choose(Everything with { Statuses = [] }, SessionOrder.EndsLast));
        Assert.Equal(
            SearchPath.Time,
            SearchPaths.Choose(Everything with { Statuses = [SessionStatus.Active, SessionStatus.Failed] }, SessionOrder.EndsLast));
    }

    [Fact]
    public void What_each_session_has_to_be_looked_up_for_Lets_a_question_look_at_fewer()
    {
        Assert.Equal(100, SearchPaths.Scan(SearchPath.Time, SessionQuery.All with { Statuses = Everything.Statuses }, 100));
        Assert.Equal(25, SearchPaths.Scan(SearchPath.Time, SessionQuery.All with { Text = "xy" }, 100));
        Assert.Equal(25, SearchPaths.Scan(SearchPath.Time, SessionQuery.All with { Labels = Everything.Labels }, 100));
        Assert.Equal(25, SearchPaths.Scan(SearchPath.Label, SessionQuery.All with { Labels = Everything.Labels }, 100));
        Assert.Equal(1, SearchPaths.Scan(SearchPath.Time, SessionQuery.All with { Text = "xy" }, 3));
    }

    [Fact]
    public void Counts_Are_gathered_by_the_level_below()
    {
        var counts = new Dictionary<SessionNamespace, ImmutableSortedDictionary<SessionStatus, long>>
        {
            [SessionNamespace.Parse("acme/b/x/y")] = One(SessionStatus.Closed),
            [SessionNamespace.Parse("acme")] = One(SessionStatus.Active),
            [SessionNamespace.Parse("acme/a")] = One(SessionStatus.Active),
            [SessionNamespace.Parse("acme/b")] = One(SessionStatus.Closed).Add(SessionStatus.Paused, 2),
        };

        var levels = NamespaceCounts.OneLevelBelow(SessionNamespace.Parse("acme"), counts);
        Assert.Equal(["acme", "acme/a", "acme/b"], levels.Select(level => level.Namespace.ToString()));
        Assert.Equal([(SessionStatus.Paused, 2L), (SessionStatus.Closed, 2L)], levels[2].ByStatus.Select(one => (one.Key, one.Value)));

        var tenant = Assert.Single(NamespaceCounts.OneLevelBelow(null, counts));
        Assert.Equal((SessionNamespace.Parse("acme"), 6L), (tenant.Namespace, tenant.ByStatus.Values.Sum()));
    }

    private static ImmutableSortedDictionary<SessionStatus, long> One(SessionStatus status) =>
        ImmutableSortedDictionary<SessionStatus, long>.Empty.Add(status, 1);
}

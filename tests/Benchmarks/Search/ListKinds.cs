namespace Sessions.Benchmarks.Search;

/// <summary>Every kind of list that there is, by name.</summary>
internal static class ListKinds
{
    /// <summary>The one that creations are measured beside.</summary>
    public const string OfNamespace = "namespace";

    private static readonly SessionQuery All = SessionQuery.All;
    private static readonly SessionQuery Tenant = new() { Namespace = SearchableSessions.Tenant };
    private static readonly SessionQuery Namespace = new() { Namespace = SearchableSessions.Namespace, IncludeBelow = false };

    private static readonly SessionQuery Crowded = new() { Namespace = SearchableSessions.Crowded, IncludeBelow = false };
    private static readonly DateTimeOffset Requested = SearchableSessions.First.Requested;
    private static readonly DateTimeOffset Ended = SearchableSessions.First.Ends;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly (string Name, SessionQuery Query, SessionOrder Order)[] Kinds =
    [
        ("all", All, SessionOrder.NewestFirst),
        ("all-oldest", All, SessionOrder.OldestFirst),
        (OfNamespace, Namespace, SessionOrder.NewestFirst),
        ("namespace-crowded", Crowded, SessionOrder.NewestFirst),
        ("tenant", Tenant, SessionOrder.NewestFirst),
        ("tenant-active", Tenant with { Statuses = [SessionStatus.Active] }, SessionOrder.NewestFirst),
        ("tenant-active-ends", Tenant with { Statuses = [SessionStatus.Active] }, SessionOrder.EndsFirst),
        ("tenant-paused-nowhere", Tenant with { Statuses = [SessionStatus.Paused] }, SessionOrder.NewestFirst),
        ("tenant-ends", Tenant, SessionOrder.EndsLast),
        ("creator", All with { Creator = SearchableSessions.Creator }, SessionOrder.NewestFirst),
        ("creator-busiest", All with { Creator = SearchableSessions.Busiest }, SessionOrder.OldestFirst),
        ("creator-in-namespace", Namespace with { Creator = SearchableSessions.Creator }, SessionOrder.OldestFirst),
        ("template", All with { Template = SearchableSessions.Template }, SessionOrder.NewestFirst),
        ("template-version", All with { Template = SearchableSessions.Template.At(2) }, SessionOrder.OldestFirst),
        ("label", All with { Labels = All.Labels.Add("team", "team-8") }, SessionOrder.NewestFirst),
        ("label-in-tenant", Tenant with { Labels = All.Labels.Add("team", "team-8") }, SessionOrder.NewestFirst),
        ("text", All with { Text = "team-8" }, SessionOrder.NewestFirst),
        ("text-nowhere", All with { Text = "nowhere" }, SessionOrder.NewestFirst),
        ("active", All with { Statuses = [SessionStatus.Active] }, SessionOrder.NewestFirst),
        ("paused-nowhere", All with { Statuses = [SessionStatus.Paused] }, SessionOrder.NewestFirst),
        ("requested-within", All with { RequestedFrom = Requested + Second, RequestedBefore = Requested + (2 * Second) }, SessionOrder.NewestFirst),
        ("tenant-requested-within", Tenant with { RequestedFrom = Requested + Second, RequestedBefore = Requested + (2 * Second) }, SessionOrder.OldestFirst),
        ("ends-within", All with { EndsFrom = Ended + Second, EndsBefore = Ended + (2 * Second) }, SessionOrder.EndsLast),
        ("tenant-ended-before", Tenant with { EndsBefore = Ended + Second }, SessionOrder.NewestFirst),
        ("ends-first", All, SessionOrder.EndsFirst),
        ("ends-last-active", All with { Statuses = [SessionStatus.Active] }, SessionOrder.EndsLast),
    ];

    public static IEnumerable<string> Names => Kinds.Select(kind => kind.Name);

    /// <summary>The first page of a list.</summary>
    public static ListSessions FirstPage(string name)
    {
        var kind = Kinds.First(kind => kind.Name == name);
        return new ListSessions { Query = kind.Query, Order = kind.Order, Limit = 50 };
    }
}

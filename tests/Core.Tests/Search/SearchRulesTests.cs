using System.Collections.Immutable;
using Sessions.Grains.Hosting;

namespace Sessions.Core.Tests.Search;

public class SearchRulesTests
{
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static TheoryData<string, SessionQuery> IllFormed => new()
    {
        { "namespace", new() { Namespace = default(SessionNamespace) } },
        { "creator", new() { Creator = default(Principal) } },
        { "template", new() { Template = default(TemplateReference) } },
        { "statuses[0]", new() { Statuses = [SessionStatus.Invalid] } },
        { "statuses[1]", new() { Statuses = [SessionStatus.Active, (SessionStatus)11] } },
        { "statuses[1]", new() { Statuses = [SessionStatus.Active, SessionStatus.Active] } },
        { "statuses", new() { Statuses = [.. Enumerable.Repeat(SessionStatus.Active, 11)] } },
        { "labels", new() { Labels = Labels(9) } },
        { "labels", new() { Labels = Labels(0).Add("", "x") } },
        { "labels.k", new() { Labels = Labels(0).Add("k", "") } },
        { "labels.k", new() { Labels = Labels(0).Add("k", "\ud800") } },
        { "text", new() { Text = "" } },
        { "text", new() { Text = "x" } },
        { "text", new() { Text = new string('x', 65) } },
        { "text", new() { Text = "a\0b" } },
        { "requestedBefore", new() { RequestedFrom = At, RequestedBefore = At } },
        { "endsBefore", new() { EndsFrom = At, EndsBefore = At.AddTicks(-1) } },
    };

    [Theory]
    [MemberData(nameof(IllFormed))]
    public void Query_that_is_not_well_formed_Is_refused_by_its_field(string field, SessionQuery query)
    {
        Assert.Equal([field], SearchRules.FindFaults(query).Select(fault => fault.Field));
        Assert.Equal([field], SearchRules.FindFaults(new ListSessions { Query = query }).Select(fault => fault.Field));
        Assert.Equal([field], SearchRules.FindFaults(new CountSessions { Query = query }).Select(fault => fault.Field));
    }

    [Fact]
    public void Query_at_every_limit_Is_well_formed() => Assert.Empty(SearchRules.FindFaults(new ListSessions
    {
        Query = new()
        {
            Namespace = SessionNamespace.Parse("acme"),
            Statuses = [.. Enum.GetValues<SessionStatus>().Where(status => status != SessionStatus.Invalid)],
            Labels = Labels(8),
            Text = new string('x', 64),
            RequestedFrom = At,
            RequestedBefore = At.AddTicks(1),
        },
        Limit = 1000,
        Order = SessionOrder.EndsLast,
        After = new string('x', 128),
    }));

    [Theory]
    [InlineData("limit", 0, SessionOrder.NewestFirst, 0)]
    [InlineData("limit", 1001, SessionOrder.NewestFirst, 0)]
    [InlineData("limit", -1, SessionOrder.NewestFirst, 0)]
    [InlineData("order", 1, SessionOrder.Invalid, 0)]
    [InlineData("order", 1, (SessionOrder)5, 0)]
    [InlineData("after", 1, SessionOrder.EndsLast, 129)]
    public void Page_that_cannot_be_given_Is_refused_by_its_field(string field, int limit, SessionOrder order, int tokenLength)
    {
        var request = new ListSessions { Limit = limit, Order = order, After = tokenLength == 0 ? null : new string('x', tokenLength) };
        Assert.Equal([field], SearchRules.FindFaults(request).Select(fault => fault.Field));
    }

    private static ImmutableSortedDictionary<string, string> Labels(int count) => SessionQuery.All.Labels.AddRange(
        Enumerable.Range(0, count).Select(n => KeyValuePair.Create($"k{n}", "v")));
}

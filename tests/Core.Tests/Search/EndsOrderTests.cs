using Sessions.Core.Search;

namespace Sessions.Core.Tests.Search;

/// <summary>An order by ends goes on with the sessions that have none.</summary>
public sealed class EndsOrderTests
{
    private static readonly SearchPosition Place = new(new DateTimeOffset(2030, 5, 1, 12, 0, 0, TimeSpan.Zero), SessionId.New());

    [Fact]
    public void SessionsWithAnEndAreListed_ListGoesOnWithTheOthers_ThenEnds()
    {
        var between = EndsOrder.Next(next: null, SessionQuery.All, SessionOrder.EndsFirst, Place);
        Assert.True(between!.IsPastEnds);

        var (query, order, after) = EndsOrder.Part(SessionQuery.All, SessionOrder.EndsFirst, between);
        Assert.Equal((false, SessionOrder.OldestFirst, null), (query.HasEnd, order, after));

        var further = EndsOrder.Next(Place, SessionQuery.All, SessionOrder.EndsFirst, between);
        Assert.Equal(Place with { IsPastEnds = true }, further);
        Assert.Equal(Place, EndsOrder.Part(SessionQuery.All, SessionOrder.EndsFirst, further).After);
        Assert.Null(EndsOrder.Next(next: null, SessionQuery.All, SessionOrder.EndsFirst, further));
    }

    [Fact]
    public void PlaceBehindTheEnds_AsAToken_IsReadBack()
    {
        foreach (var place in (SearchPosition[])[Place with { IsPastEnds = true }, new(DateTimeOffset.MinValue, default, IsPastEnds: true)])
        {
            var token = SearchToken.Write(place, SessionQuery.All, SessionOrder.EndsLast);
            Assert.Equal((place, null), SearchToken.Read(token, SessionQuery.All, SessionOrder.EndsLast));
        }
    }

    [Fact]
    public void EverySessionMeantHasAnEnd_ListEndsWithThem()
    {
        Assert.Null(EndsOrder.Next(null, SessionQuery.All with { EndsBefore = Place.At }, SessionOrder.EndsFirst, Place));
        Assert.Null(EndsOrder.Next(null, SessionQuery.All with { Statuses = [SessionStatus.Closed] }, SessionOrder.EndsLast, Place));
        Assert.Null(EndsOrder.Next(null, SessionQuery.All, SessionOrder.NewestFirst, Place));
    }
}

using Sessions.Core.Search;

namespace Sessions.Core.Tests.Search;

public class SearchTokenTests
{
    private static readonly SessionQuery Query = new() { Namespace = SessionNamespace.Parse("acme"), Statuses = [SessionStatus.Active] };

    private static readonly SearchPosition Place = new(
        new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMicroseconds(678_901), SessionId.Parse("s-0123456789abcdefghjkmnpqrs"));

    [Fact]
    public void Token_written_Reads_as_the_place_it_names()
    {
        var token = SearchToken.Write(Place, Query, SessionOrder.EndsLast);
        Assert.Equal((Place, null), SearchToken.Read(token, Query, SessionOrder.EndsLast));

        // Equal questions are one question, whoever builds them.
        var again = new SessionQuery { Namespace = SessionNamespace.Parse("acme"), Statuses = [SessionStatus.Active] };
        Assert.Equal(Place, SearchToken.Read(token, again, SessionOrder.EndsLast).Place);
    }

    [Fact]
    public void Any_character_changed_Is_no_token()
    {
        var token = SearchToken.Write(Place, Query, SessionOrder.NewestFirst);
        for (var at = 0; at < token.Length; at++)
        {
            foreach (var other in "AZaz09-_=+ é")
            {
                var tampered = token[..at] + other + token[(at + 1)..];
                if (tampered != token)
                {
                    Assert.Equal((null, "is not what a page gave as its next"), SearchToken.Read(tampered, Query, SessionOrder.NewestFirst));
                }
            }
        }
    }

    [Fact]
    public void Token_cut_or_lengthened_Is_no_token()
    {
        var token = SearchToken.Write(Place, Query, SessionOrder.NewestFirst);
        for (var length = 0; length < token.Length; length++)
        {
            Assert.NotNull(SearchToken.Read(token[..length], Query, SessionOrder.NewestFirst).Problem);
        }

        Assert.NotNull(SearchToken.Read(token + "A", Query, SessionOrder.NewestFirst).Problem);
        Assert.NotNull(SearchToken.Read(token + "=", Query, SessionOrder.NewestFirst).Problem);
        Assert.NotNull(SearchToken.Read(" " + token, Query, SessionOrder.NewestFirst).Problem);
    }

    [Fact]
    public void Token_of_another_question_Is_told_so()
    {
        const string Problem = "belongs to another question; go on with the query and the order that it came from";
        var token = SearchToken.Write(Place, Query, SessionOrder.NewestFirst);

        SessionQuery[] others =
        [
            SessionQuery.All,
            Query with { IncludeBelow = false },
            Query with { Statuses = [SessionStatus.Paused] },
            Query with { Labels = Query.Labels.Add("a", "b") },
            Query with { Text = "ab" },
            Query with { Creator = Principal.Parse("alice") },
            Query with { Template = TemplateReference.Parse("nb") },
            Query with { RequestedFrom = Place.At },
            Query with { RequestedBefore = Place.At },
            Query with { EndsFrom = Place.At },
            Query with { EndsBefore = Place.At },
        ];
        Assert.All(others, other => Assert.Equal((null, Problem), SearchToken.Read(token, other, SessionOrder.NewestFirst)));
        Assert.Equal((null, Problem), SearchToken.Read(token, Query, SessionOrder.OldestFirst));
        Assert.Equal((null, Problem), SearchToken.Read(token, Query, SessionOrder.Invalid));
    }
}

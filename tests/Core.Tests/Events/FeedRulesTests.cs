using Sessions.Core.Events;

namespace Sessions.Core.Tests.Events;

public class FeedRulesTests
{
    private static readonly EventQuery Query = new(SessionNamespace.Parse("acme/eval"), true);

    [Fact]
    public void QuestionOfTheTenant_IsAnswered() => Assert.Null(FeedRules.Refuse("acme", Query, EventCursor.End, 1000));

    [Theory]
    [InlineData("acme-2")]
    [InlineData("other")]
    [InlineData("acm")]
    public void QuestionOfAnotherTenant_IsDenied(string tenant)
    {
        var refusal = FeedRules.Refuse(tenant, Query, EventCursor.Start, 10);

        Assert.Equal((SessionErrorCode.PermissionDenied, "tenant"), (refusal!.Code, refusal.Rule));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void LimitOutOfRange_IsNamed(int limit)
    {
        Assert.Equal("limit", Assert.Single(FeedRules.Refuse("acme", Query, EventCursor.Start, limit)!.Faults).Field);
        Assert.Equal("limit", Assert.Single(FeedRules.Refuse(SessionId.New(), 0, limit)!.Faults).Field);
    }

    [Fact]
    public void MalformedQuestion_NamesEveryFault()
    {
        Assert.Equal(["namespace", "cursor"], FeedRules.Refuse("acme", null, new EventCursor(1, -1), 10)!.Faults.Select(fault => fault.Field));
        Assert.Equal("namespace", Assert.Single(FeedRules.Refuse("acme", new EventQuery(default, true), default, 10)!.Faults).Field);
        Assert.Equal(["afterSequence", "limit"], FeedRules.Refuse(SessionId.New(), -1, 0)!.Faults.Select(fault => fault.Field));
    }

    [Fact]
    public void Patience_IsNeitherNegativeNorEndless()
    {
        Assert.Equal(TimeSpan.Zero, FeedRules.Patience(TimeSpan.FromSeconds(-1)));
        Assert.Equal(TimeSpan.FromSeconds(3), FeedRules.Patience(TimeSpan.FromSeconds(3)));
        Assert.Equal(TimeSpan.FromSeconds(10), FeedRules.Patience(TimeSpan.MaxValue));
    }
}

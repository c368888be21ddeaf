using Sessions.Core.Events;

namespace Sessions.Core.Tests.Events;

public class SubscriptionRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Principal Alice = Principal.Parse("alice");
    private static readonly Principal Bob = Principal.Parse("bob");
    private static readonly (EventCursor Newest, EventCursor Horizon) Log = (At(90), At(80));

    private static readonly SubscriptionRequest Request = new()
    {
        Query = new EventQuery(SessionNamespace.Parse("acme/eval"), true),
        Owner = Alice,
        From = At(7),
    };

    private static readonly SubscriptionSnapshot Kept = Open(null, Request).Next!;

    [Fact]
    public void New_Opened_IsAsStated() => Assert.Equal(
        new SubscriptionSnapshot { Namespace = Request.Query!.Namespace, IncludeBelow = true, Owner = Alice, Cursor = At(7), OpenedAt = Now },
        Kept);

    [Fact]
    public void New_OpenedAtTheEnd_StartsBehindNothingInFlight() =>
        Assert.Equal(Log.Horizon, Open(null, Request with { From = EventCursor.End }).Next!.Cursor);

    [Fact]
    public void Kept_OpenedAgain_StaysAsItIs()
    {
        var moved = Kept with { Cursor = At(50) };

        Assert.Equal(new SubscriptionDecision(moved, null), Open(moved, Request));
        Assert.Equal(new SubscriptionDecision(moved, null), Open(moved, Request with { From = At(99) }));
    }

    [Fact]
    public void Kept_OpenedByAnother_IsDenied() => AssertRefused(SessionErrorCode.PermissionDenied, Open(Kept, Request with { Owner = Bob }));

    [Fact]
    public void Kept_OpenedForAnotherNamespace_IsRefusedByName()
    {
        Assert.Equal("namespace", FaultOf(Open(Kept, Request with { Query = new(SessionNamespace.Parse("acme/prod"), true) })));
        Assert.Equal("namespace", FaultOf(Open(Kept, Request with { Query = Request.Query! with { IncludeBelow = false } })));
    }

    [Fact]
    public void SubscriptionOfAnotherTenant_Opened_IsDenied() => AssertRefused(
        SessionErrorCode.PermissionDenied, SubscriptionRules.Open(null, "other", Request, Log, Now));

    [Fact]
    public void Malformed_Opened_NamesEveryFault()
    {
        var refusal = Open(null, new SubscriptionRequest { From = new EventCursor(1, -1) }).Refusal!;

        Assert.Equal(["namespace", "owner", "from"], refusal.Faults.Select(fault => fault.Field));
    }

    [Fact]
    public void FutureCursor_IsRefusedEverywhere()
    {
        Assert.Equal("cursor", FaultOf(Open(null, Request with { From = At(91) })));
        Assert.Equal("cursor", FaultOf(Checkpoint(Kept, At(91))));
        Assert.Equal("cursor", FaultOf(Checkpoint(Kept, EventCursor.End)));
        Assert.Equal("cursor", FaultOf(Checkpoint(Kept, new EventCursor(50, -1))));
    }

    [Fact]
    public void Checkpoint_Onwards_IsKeptWithItsTime() =>
        Assert.Equal(Kept with { Cursor = At(90), CheckpointAt = Now }, Checkpoint(Kept, At(90)).Next);

    [Theory]
    [InlineData(7)]
    [InlineData(6)]
    [InlineData(0)]
    public void Checkpoint_Back_ChangesNothing(int back) => Assert.Equal(new SubscriptionDecision(Kept, null), Checkpoint(Kept, At(back)));

    [Fact]
    public void Checkpoint_OfAnotherOrOfNothing_IsRefused()
    {
        AssertRefused(SessionErrorCode.PermissionDenied, SubscriptionRules.Checkpoint(Kept, At(9), Bob, Log.Newest, Now));
        Assert.Equal("name", FaultOf(Checkpoint(null, At(9))));
    }

    [Fact]
    public void Delete_ByItsOwnerOrOfNothing_LeavesNone()
    {
        Assert.Equal(default, SubscriptionRules.Delete(Kept, Alice));
        Assert.Equal(default, SubscriptionRules.Delete(null, Bob));
        AssertRefused(SessionErrorCode.PermissionDenied, SubscriptionRules.Delete(Kept, Bob));
    }

    private static SubscriptionDecision Open(SubscriptionSnapshot? kept, SubscriptionRequest request) =>
        SubscriptionRules.Open(kept, "acme", request, Log, Now);

    private static SubscriptionDecision Checkpoint(SubscriptionSnapshot? kept, EventCursor cursor) =>
        SubscriptionRules.Checkpoint(kept, cursor, Alice, Log.Newest, Now);

    private static EventCursor At(int n) => new((ulong)n, 0);

    private static void AssertRefused(SessionErrorCode code, SubscriptionDecision decision)
    {
        Assert.Null(decision.Next);
        Assert.Equal(code, decision.Refusal?.Code);
    }

    private static string FaultOf(SubscriptionDecision decision)
    {
        AssertRefused(SessionErrorCode.InvalidConfiguration, decision);
        return Assert.Single(decision.Refusal!.Faults).Field;
    }
}

using Sessions.Core;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests;

public class ChargeTests
{
    private static readonly SessionRecord Active = Given.SessionIn(
        SessionStatus.Active, provisioned: false, new SessionOverrides { Quotas = new() { DataBytes = 100, Children = 3 } });

    public static TheoryData<HeldQuota> Quotas => new(HeldQuota.DataBytes, HeldQuota.Children);

    [Theory]
    [MemberData(nameof(Quotas))]
    public void Quota_ReservedAndGivenBack_HoldsTheDifference(HeldQuota quota)
    {
        var reserved = Active.After(Given.Charge(3, quota));
        var left = reserved.After(Given.Charge(-2, quota));

        Assert.Equal(quota == HeldQuota.DataBytes ? (3, 0) : (0, 3), (reserved.Usage.DataBytes, reserved.Usage.Children));
        Assert.Equal(quota == HeldQuota.DataBytes ? (1, 0) : (0, 1), (left.Usage.DataBytes, left.Usage.Children));
        Assert.Equal(0, left.After(Given.Charge(-1, quota)).Usage.DataBytes + left.After(Given.Charge(-1, quota)).Usage.Children);
    }

    [Fact]
    public void Charge_OfAnyKind_HasNoEvent()
    {
        var decision = SessionRules.Decide(Given.Id, Active, Given.Charge(1), Given.Facts());

        Assert.Empty(decision.Events);
        Assert.Equal((Active.Version + 1, Active.LastSequence, Active.Status), (decision.Next!.Version, decision.Next.LastSequence, decision.Next.Status));
    }

    [Theory]
    [InlineData(HeldQuota.DataBytes, "dataBytes", 100)]
    [InlineData(HeldQuota.Children, "children", 3)]
    public void Charge_BeyondTheLimit_IsRefusedWholeWithItsNumbers(HeldQuota quota, string dimension, long limit)
    {
        var record = Active.After(Given.Charge(2, quota));

        var decision = SessionRules.Decide(Given.Id, record, Given.Charge(limit - 1, quota), Given.Facts());

        var refusal = decision.Refusal!;
        Assert.Null(decision.Next);
        Assert.Equal((SessionErrorCode.QuotaExceeded, dimension, limit, 2L), (refusal.Code, refusal.Dimension, refusal.Limit, refusal.Used));
        Assert.Equal((Given.Id, SessionVerb.Charge, record.Version), (refusal.SessionId, refusal.Verb, refusal.ActualVersion));
        Assert.Null(refusal.RetryAfter);
        Assert.NotNull(record.After(Given.Charge(limit - 2, quota)));
    }

    [Theory]
    [InlineData(HeldQuota.DataBytes)]
    [InlineData(HeldQuota.Children)]
    public void Charge_OfAnAbsurdAmount_DoesNotOverflow(HeldQuota quota)
    {
        var unlimited = Given.SessionIn(SessionStatus.Active, provisioned: false);
        var full = unlimited.After(Given.Charge(long.MaxValue, quota));

        Assert.Equal(SessionErrorCode.QuotaExceeded, Refusal(full, Given.Charge(1, quota)).Code);
        Assert.Equal(SessionErrorCode.QuotaExceeded, Refusal(Active, Given.Charge(long.MaxValue, quota)).Code);
        Assert.Equal("amount", Assert.Single(Refusal(full, Given.Charge(long.MinValue, quota)).Faults).Field);
    }

    [Fact]
    public void GivingBack_MoreThanIsHeld_IsRefused()
    {
        var record = Active.After(Given.Charge(2));

        var refusal = Refusal(record, Given.Charge(-3));

        Assert.Equal((SessionErrorCode.InvalidConfiguration, "amount"), (refusal.Code, Assert.Single(refusal.Faults).Field));
        Assert.Equal(SessionErrorCode.InvalidConfiguration, Refusal(record, Given.Charge(-1, HeldQuota.DataBytes)).Code);
    }

    [Fact]
    public void LimitLoweredBelowWhatIsHeld_LetsGiveBackAndNotReserve()
    {
        var lowered = Active.After(Given.Charge(3)).After(Given.Adjust(quotas: new SessionQuotas { Children = 1 }, patterns: null));

        Assert.Equal((1L, 3L), (Refusal(lowered, Given.Charge(1)).Limit, Refusal(lowered, Given.Charge(1)).Used));
        Assert.Equal(2, lowered.After(Given.Charge(-1)).Usage.Children);
    }

    [Theory]
    [InlineData(HeldQuota.Invalid, 1, "quota")]
    [InlineData((HeldQuota)3, 1, "quota")]
    [InlineData(HeldQuota.Children, 0, "amount")]
    [InlineData(HeldQuota.Invalid, 0, "quota, amount")]
    public void Charge_ThatIsNotWellFormed_IsRefusedInAnyState(HeldQuota quota, long amount, string fields)
    {
        foreach (var record in new[] { Active, Given.SessionIn(SessionStatus.Closed, provisioned: false) })
        {
            var refusal = Refusal(record, Given.Charge(amount, quota));

            Assert.Equal(SessionErrorCode.InvalidConfiguration, refusal.Code);
            Assert.Equal(fields, string.Join(", ", refusal.Faults.Select(fault => fault.Field)));
        }
    }

    [Fact]
    public void Charge_Repeated_IsChargedOnce()
    {
        var charge = Given.Charge(2);
        var record = Active.After(charge);

        Assert.Equal(record.Version, SessionRules.Decide(Given.Id, record, charge, Given.Facts()).ReplayOf);
    }

    [Fact]
    public void SessionPastItsTime_ThatDoesNotCloseByItself_IsChargedAllTheSame()
    {
        var record = Given.SessionIn(SessionStatus.Active, provisioned: false, new SessionOverrides { AutoExpire = false });
        var late = Given.Facts(Given.Start + TimeSpan.FromDays(1));

        Assert.Equal(1, record.After(Given.Charge(2), late).After(Given.Charge(-1), late).Usage.Children);
    }

    private static SessionError Refusal(SessionRecord record, ChargeSession charge) =>
        SessionRules.Decide(Given.Id, record, charge, Given.Facts()).Refusal!;
}

namespace Sessions.Core.Tests.Admission;

/// <summary>What an activation knows that has taken the right to grant from another.</summary>
public class TakeoverTests
{
    [Fact]
    public void NothingGrantedYet_MarkGoesBackBeforeOthersGrantsRanOut_MarkStays()
    {
        // Found by simulation: without the mark, whoever came next waited for nothing, and paused under running leases.
        var (ledger, record) = Ledgers.Claim(Ledgers.Session(SessionQuotas.Unlimited), executions: 5);
        ledger.KeepQuiet(until: 5250);

        Assert.NotNull(ledger.Overlay(record, Ledgers.At(5249), giveBack: true).Grant);
        Assert.Null(ledger.Overlay(record, Ledgers.At(5250), giveBack: true).Grant);
        Assert.False(ledger.IsIdle(5249));
    }
}

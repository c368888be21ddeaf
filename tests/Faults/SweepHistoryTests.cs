using Sessions.Core;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>The checker, checked: of a history that is right it says nothing, and it sees every rule that is broken in one that is not.</summary>
public sealed class SweepHistoryTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly DateTimeOffset End = Active().Record.ExpiresAt!.Value;

    [Fact]
    public void Faults_OfSessionsThatEndedAsTheyShould_None()
    {
        Assert.Empty(FaultsOf(Life(End)));
        Assert.Empty(FaultsOf(Life(End), promised: End));
        Assert.Empty(FaultsOf(Life(End), Refused));
        Assert.Empty(FaultsOf(Life(End + Hour, renewed: true), Renewed(outlasts: false)));
        Assert.Empty(FaultsOf(Life(null, renewed: true), Renewed(outlasts: true)));
        Assert.Empty(FaultsOf(WithParent(Life(End - Hour)), parentEnd: End - Hour));
    }

    [Fact]
    public void Faults_EventMissingOrLoggedTwice_IsSeen()
    {
        var (record, events) = Life(End);

        AssertSeen("not dense", FaultsOf((record, [.. events.Take(1), .. events.Skip(2)])));
        AssertSeen("not dense", FaultsOf((record, [.. events, events[^1]])));
        AssertSeen("ended 2 times", FaultsOf(Again((record, events), SessionEventType.SessionExpired)));
        AssertSeen("closed 2 times", FaultsOf(Again((record, events), SessionEventType.SessionClosed)));
        AssertSeen("notice", FaultsOf(Again(Again((record, events), SessionEventType.SessionExpiring), SessionEventType.SessionExpiring)));
        AssertSeen("after it was closed", FaultsOf(Again((record, events), SessionEventType.SessionExpiring)));
    }

    [Fact]
    public void Faults_RenewalUndoneOrMadeUp_IsSeen()
    {
        var renewed = Life(End + Hour, renewed: true);

        AssertSeen("renewals", FaultsOf(Life(End), Renewed(outlasts: false)));
        AssertSeen("renewals", FaultsOf(renewed, Refused));
        AssertSeen("what its renewal left", FaultsOf((renewed.Record with { ExpiresAt = End }, renewed.Events), Renewed(outlasts: false)));
        AssertSeen("although it was renewed", FaultsOf(renewed, Renewed(outlasts: true)));
        AssertSeen("after its end", FaultsOf(
            (renewed.Record, [.. renewed.Events.Select(e => e.Type == SessionEventType.SessionRenewed ? e with { At = End } : e)]), Renewed(outlasts: false)));
    }

    [Fact]
    public void Faults_EndTooEarlyOrNeverOrForAnotherReason_IsSeen()
    {
        var (record, events) = Life(End);

        AssertSeen("was to end", FaultsOf((record with { ExpiresAt = record.ExpiresAt!.Value.AddTicks(1) }, events)));
        AssertSeen("was to end", FaultsOf(WithParent((record, events)), parentEnd: End.AddTicks(1)));
        AssertSeen("was to end", FaultsOf(WithParent((record, events))));
        AssertSeen("was made to end", FaultsOf(Life(End - Hour), promised: End));
        AssertSeen("it is Active", FaultsOf(Life(null)));
        AssertSeen("ended 0 times", FaultsOf(Life(null)));
        AssertSeen("with data", FaultsOf((record with { HasData = true }, events)));
        AssertSeen("for the reason", FaultsOf((record with { EndReason = EndReason.ParentEnded }, events), parentEnd: End));
    }

    private static Renewal Refused => new(false, End, Hour, Outlasts: false);

    private static Renewal Renewed(bool outlasts) => new(true, End, Hour, outlasts);

    private static void AssertSeen(string words, IEnumerable<string> faults) => Assert.Contains(faults, fault => fault.Contains(words, StringComparison.Ordinal));

    private static IEnumerable<string> FaultsOf(
        (SessionRecord Record, IReadOnlyList<SessionEvent> Events) life, Renewal? renewal = null, DateTimeOffset? promised = null, DateTimeOffset? parentEnd = null) =>
        SweepHistory.Faults(life.Record, life.Events, renewal, promised, parentEnd);

    private static SessionSave Active() => SessionRecords.Next(
        SessionRecords.Create(overrides: new() { MaxDuration = Hour, ExpiryNotice = TimeSpan.Zero }).Record,
        new ActivateSession { Actor = Principal.Parse("alice") });

    /// <summary>A session as the rules make it, which ends at a moment, if at any.</summary>
    private static (SessionRecord Record, IReadOnlyList<SessionEvent> Events) Life(DateTimeOffset? ended, bool renewed = false)
    {
        var created = SessionRecords.Create(overrides: new() { MaxDuration = Hour, ExpiryNotice = TimeSpan.Zero });
        var alice = created.Record.Creator;
        var saves = SessionRecords.Chain(created, new ActivateSession { Actor = alice }).ToList();
        if (renewed)
        {
            saves.Add(SessionRecords.Next(saves[^1].Record, new RenewSession { Actor = alice, By = Hour }));
        }

        var (record, events) = (saves[^1].Record, saves.SelectMany(save => save.Events).ToList());
        if (ended is { } at)
        {
            var last = SessionRules.LetTimePass(record with { ExpiresAt = at }, new DecisionFacts { Now = at });
            (record, events) = (last.Next!, [.. events, .. last.Events]);
        }

        return (record, events);
    }

    private static (SessionRecord Record, IReadOnlyList<SessionEvent> Events) WithParent(
        (SessionRecord Record, IReadOnlyList<SessionEvent> Events) life) => (
            life.Record with { EndReason = EndReason.ParentEnded, ExpiresAt = End },
            [.. life.Events.Select(e => e.Type == SessionEventType.SessionExpired ? e with { Type = SessionEventType.SessionClosing } : e)]);

    /// <summary>The same with one more event at its end, which the row knows of.</summary>
    private static (SessionRecord Record, IReadOnlyList<SessionEvent> Events) Again(
        (SessionRecord Record, IReadOnlyList<SessionEvent> Events) life, SessionEventType type)
    {
        var more = life.Events[^1] with { Type = type, Sequence = life.Record.LastSequence + 1 };
        return (life.Record with { LastSequence = more.Sequence }, [.. life.Events, more]);
    }
}

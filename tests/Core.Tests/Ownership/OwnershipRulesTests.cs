using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Ownership;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Ownership;

public class OwnershipRulesTests
{
    private const long MaxAge = 20;

    private static readonly Gen<Step[]> AnyHistory = Gen.ArrayOf(Gen.Elements(Enum.GetValues<Step>()), 80);

    [Theory]
    [InlineData(100, OwnershipRules.Never, 100, true)]
    [InlineData(100, OwnershipRules.Never, 119, true)]
    [InlineData(100, OwnershipRules.Never, 120, false)]
    [InlineData(100, 99, 110, true)]
    [InlineData(100, 100, 110, true)]
    [InlineData(100, 101, 110, false)]
    [InlineData(0, OwnershipRules.Never, 10, true)]
    [InlineData(-100, OwnershipRules.Never, -90, true)]
    [InlineData(OwnershipRules.Never, OwnershipRules.Never, 0, false)]
    [InlineData(OwnershipRules.Never, OwnershipRules.Never, long.MaxValue, false)]
    [InlineData(OwnershipRules.Never, 5, long.MinValue + 1, false)]
    public void Proof_AtAnInstant_HoldsWhileItIsYoungAndNotVoided(long provenAt, long voidedAt, long now, bool holds) =>
        Assert.Equal(holds, OwnershipRules.IsCurrent(provenAt, voidedAt, now, MaxAge));

    [Theory]
    [InlineData(100, OwnershipRules.Never, 100, true)]
    [InlineData(101, OwnershipRules.Never, 100, true)]
    [InlineData(99, OwnershipRules.Never, 100, false)]
    [InlineData(101, 101, 100, true)]
    [InlineData(101, 102, 100, false)]
    [InlineData(OwnershipRules.Never, OwnershipRules.Never, OwnershipRules.Never, false)]
    public void Proof_WhoseQuestionWasSentAfterACallHadCome_IsGoodForThatCall(long provenAt, long voidedAt, long calledAt, bool isGood) =>
        Assert.Equal(isGood, OwnershipRules.IsSince(provenAt, voidedAt, calledAt));

    [Theory]
    [InlineData(3, 0, 3, 0, 3, 0, nameof(LookOutcome.Current))]
    [InlineData(0, 0, 0, 0, 0, 0, nameof(LookOutcome.Current))]
    [InlineData(3, 0, 3, 0, 4, 0, nameof(LookOutcome.Changed))]
    [InlineData(3, 0, 3, 0, 2, 0, nameof(LookOutcome.Changed))]
    [InlineData(3, 0, 3, 0, 0, 0, nameof(LookOutcome.Changed))]
    [InlineData(0, 0, 0, 0, 1, 0, nameof(LookOutcome.Changed))]
    [InlineData(3, 0, 4, 0, 3, 0, nameof(LookOutcome.Undecided))]
    [InlineData(3, 0, 4, 0, 4, 0, nameof(LookOutcome.Current))]
    [InlineData(3, 0, 4, 0, 5, 0, nameof(LookOutcome.Undecided))]
    [InlineData(3, 1, 3, 1, 3, 1, nameof(LookOutcome.Current))]
    [InlineData(3, 1, 3, 1, 3, 2, nameof(LookOutcome.Changed))]
    [InlineData(3, 1, 3, 2, 3, 1, nameof(LookOutcome.Current))]
    public void Look_ComparedWithWhatIsHeld_SaysWhatToDo(
        long asked, long askedData, long held, long heldData, long found, long foundData, string outcome) =>
        Assert.Equal(outcome, OwnershipRules.Judge(new(asked, askedData), new(held, heldData), new(found, foundData)).ToString());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnyHistory_OfAnActivationAndAnotherOne_ShowsNothingThatWasOverForLongerThanAProofHolds(bool hasData) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Seeds.Scale(5000)),
            Prop.ForAll(AnyHistory.ToArbitrary(), steps =>
            {
                var violation = Play(steps, new Build { HasData = hasData }).Violation;
                return (violation is null).Label(violation);
            }));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Histories_TakenTogether_HaveEveryOutcomeAndAreServed(bool hasData)
    {
        // Otherwise the property above could hold because nothing is ever shown.
        var played = Sample().Select(steps => Play(steps, new Build { HasData = hasData })).ToList();

        Assert.True(played.Sum(one => one.Served) > 1000);
        Assert.Equal(
            [LookOutcome.Current, LookOutcome.Changed, LookOutcome.Undecided],
            played.SelectMany(one => one.Outcomes).Distinct().Order());
    }

    public static TheoryData<string> BrokenBuilds => new(Broken.Keys);

    [Theory]
    [MemberData(nameof(BrokenBuilds))]
    public void RulesBrokenOnPurpose_PlayedTheSame_ShowWhatIsOver(string build) =>
        Assert.Contains(Sample(), steps => Play(steps, Broken[build]).Violation is not null);

    private static readonly Dictionary<string, Build> Broken = new()
    {
        ["counts from the answer"] = new() { CountsFromTheAnswer = true },
        ["takes every look for a proof"] = new() { Judge = (_, _, _) => LookOutcome.Current },
        ["does not look at the data"] = new() { Judge = (asked, held, found) => OwnershipRules.Judge(asked, held, found with { DataVersion = 0 }) },
        ["takes a commit for a proof of the data"] = new() { AfterCommit = (provenAt, sentAt, _) => Math.Max(provenAt, sentAt) },
    };

    private static Step[][] Sample() => AnyHistory.Sample(numberOfSamples: 2000, size: 80);

    private static Played Play(Step[] steps, Build build)
    {
        var played = new Played();
        var now = 0L;
        var voidedAt = OwnershipRules.Never;
        var stored = new StoredVersions(1, 0);
        var replacedAt = new Dictionary<StoredVersions, long>();
        var (held, provenAt) = (stored, 0L);
        (StoredVersions Asked, long SentAt, StoredVersions? Found)? look = null;
        (long Over, long SentAt, bool? Saved)? commit = null;

        void Write(StoredVersions next)
        {
            replacedAt[stored] = now;
            stored = next;
        }

        void Read() => (held, provenAt) = (stored, now);

        foreach (var step in steps)
        {
            now++;
            switch (step)
            {
                case Step.TimePasses:
                    now += MaxAge / 2;
                    break;
                case Step.ProofsAreVoided:
                    voidedAt = now;
                    break;
                case Step.OtherCommits:
                    Write(stored with { Version = stored.Version + 1 });
                    break;
                case Step.OtherWritesData when build.HasData:
                    Write(stored with { DataVersion = stored.DataVersion + 1 });
                    break;
                case Step.WritesData when build.HasData:
                    // Judged by the store, and answered with the version of the data.
                    Write(stored with { DataVersion = stored.DataVersion + 1 });
                    held = held with { DataVersion = stored.DataVersion };
                    break;
                case Step.SendsCommit:
                    commit ??= (held.Version, now, null);
                    break;
                case Step.CommitArrives when commit is { Saved: null } sent:
                    commit = sent with { Saved = sent.Over == stored.Version };
                    if (commit.Value.Saved == true)
                    {
                        Write(stored with { Version = stored.Version + 1 });
                    }

                    break;
                case Step.CommitIsAnswered when commit is { Saved: { } saved } answered:
                    commit = null;
                    if (!saved)
                    {
                        Read();
                    }
                    else
                    {
                        held = held with { Version = answered.Over + 1 };
                        provenAt = build.AfterCommit(provenAt, answered.SentAt, build.HasData);
                    }

                    break;
                case Step.SendsLook:
                    look ??= (held, now, null);
                    break;
                case Step.LookArrives when look is { Found: null } sent:
                    look = sent with { Found = stored };
                    break;
                case Step.LookIsAnswered when look is { Found: { } found } answered:
                    look = null;
                    var outcome = build.Judge(answered.Asked, held, found);
                    played.Outcomes.Add(outcome);
                    if (outcome == LookOutcome.Current)
                    {
                        provenAt = Math.Max(provenAt, build.CountsFromTheAnswer ? now : answered.SentAt);
                    }
                    else if (outcome == LookOutcome.Changed && commit is null)
                    {
                        Read();
                    }

                    break;
            }

            if (OwnershipRules.IsCurrent(provenAt, voidedAt, now, MaxAge))
            {
                played.Served++;
                if (IsOver(held, replacedAt, stored, now))
                {
                    played.Violation ??= $"{held} is shown at {now}, but {stored} is stored after {string.Join(", ", steps)}";
                }
            }
        }

        return played;
    }

    /// <summary>Whether the store held none of what is shown within the time for which a proof holds.</summary>
    private static bool IsOver(StoredVersions held, Dictionary<StoredVersions, long> replacedAt, StoredVersions stored, long now) =>
        (held.Version != stored.Version && LastOf(replacedAt, one => one.Version == held.Version) <= now - MaxAge)
        || (held.DataVersion != stored.DataVersion && LastOf(replacedAt, one => one.DataVersion == held.DataVersion) <= now - MaxAge);

    private static long LastOf(Dictionary<StoredVersions, long> replacedAt, Func<StoredVersions, bool> which) =>
        replacedAt.Where(one => which(one.Key)).Select(one => one.Value).DefaultIfEmpty(long.MaxValue).Max();

    private enum Step
    {
        TimePasses,
        ProofsAreVoided,
        OtherCommits,
        OtherWritesData,
        WritesData,
        SendsCommit,
        CommitArrives,
        CommitIsAnswered,
        SendsLook,
        LookArrives,
        LookIsAnswered,
    }

    /// <summary>The rules, and whether there is data.</summary>
    private sealed record Build
    {
        public bool HasData { get; init; } = true;

        public bool CountsFromTheAnswer { get; init; }

        public Func<StoredVersions, StoredVersions, StoredVersions, LookOutcome> Judge { get; init; } = OwnershipRules.Judge;

        public Func<long, long, bool, long> AfterCommit { get; init; } = OwnershipRules.AfterCommit;
    }

    private sealed class Played
    {
        public List<LookOutcome> Outcomes { get; } = [];

        public int Served { get; set; }

        public string? Violation { get; set; }
    }
}

using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Children;
using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Children;

/// <summary>What a whole family may use, over random histories of opening, using, ending, narrowing and widening.</summary>
public class FamilyPropertyTests
{
    private static readonly Gen<Act> AnyAct = Gen.Frequency(
        (4, Gen.Choose(0, 3).Zip(Gen.Choose(0, 40)).Select(both => (Act)new Act.Open(both.Item1, both.Item2))),
        (6, Gen.Choose(0, 9).Zip(Gen.Choose(1, 15)).Select(both => (Act)new Act.Use(both.Item1, both.Item2))),
        (3, Gen.Choose(1, 9).Select(which => (Act)new Act.End(which))),
        (2, Gen.Choose(0, 9).Zip(Gen.Choose(0, 100)).Select(both => (Act)new Act.Limit(both.Item1, both.Item2))),
        (1, Gen.Choose(1, 9).Select(which => (Act)new Act.Refuse(which))));

    private static readonly Gen<Act[]> AnyHistory = Gen.ArrayOf(AnyAct, 60);

    [Fact]
    public void Family_WhateverHappens_MayNotUseMoreThanItsFirstWasGiven() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Seeds.Scale(1000)),
            Prop.ForAll(AnyHistory.ToArbitrary(), acts =>
            {
                var violations = Family.Play(acts, ChildRules.End);
                return (violations.Count == 0).Label(string.Join("\n", violations));
            }));

    [Fact]
    public void Histories_TakenTogether_OpenUseAndEndAtEveryLevel()
    {
        // Otherwise the property above could hold because nothing ever happens.
        var families = AnyHistory.Sample(numberOfSamples: 200, size: 60).Select(acts => Family.Of(acts, ChildRules.End)).ToList();

        Assert.True(families.Sum(family => family.Opened) > 200);
        Assert.True(families.Sum(family => family.Refused) > 200);
        Assert.True(families.Sum(family => family.Ended) > 200);
        Assert.True(families.Max(family => family.Deepest) >= 3);
    }

    [Fact]
    public void Checker_FedAnEndThatForgetsWhatWasUsed_SeesIt()
    {
        static Decision Forgets(SessionRecord parent, SessionRecord child, DecisionFacts facts) =>
            ChildRules.End(parent, child with { Usage = SessionUsage.None, Spent = null }, facts);

        Assert.Contains(AnyHistory.Sample(numberOfSamples: 200, size: 60), acts => Family.Play(acts, Forgets).Count > 0);
    }

    private abstract record Act
    {
        /// <summary>Session <paramref name="Which"/> opens a child with so many executions.</summary>
        public sealed record Open(int Which, int Executions) : Act;

        /// <summary>Session <paramref name="Which"/> starts so many executions, as far as it may.</summary>
        public sealed record Use(int Which, int Executions) : Act;

        /// <summary>Session <paramref name="Which"/> is closed, and everything below it.</summary>
        public sealed record End(int Which) : Act;

        /// <summary>The quota of session <paramref name="Which"/> is set.</summary>
        public sealed record Limit(int Which, int Executions) : Act;

        /// <summary>A child that has used nothing turns out not to be created.</summary>
        public sealed record Refuse(int Which) : Act;
    }

    /// <summary>A first session with all below it, as their records; the first is at 0.</summary>
    private sealed class Family(Func<SessionRecord, SessionRecord, DecisionFacts, Decision> end)
    {
        private readonly List<SessionRecord> sessions = [Given.SessionIn(SessionStatus.Active, provisioned: false, new() { Quotas = new() { Executions = 100 } })];
        private readonly List<string> violations = [];
        private long started;

        public int Opened { get; private set; }

        public int Refused { get; private set; }

        public int Ended { get; private set; }

        public int Deepest { get; private set; }

        public static List<string> Play(IEnumerable<Act> acts, Func<SessionRecord, SessionRecord, DecisionFacts, Decision> end) =>
            Of(acts, end).violations;

        public static Family Of(IEnumerable<Act> acts, Func<SessionRecord, SessionRecord, DecisionFacts, Decision> end)
        {
            var family = new Family(end);
            foreach (var act in acts)
            {
                family.Play(act);
            }

            return family;
        }

        private void Play(Act act)
        {
            var before = Allowance();
            switch (act)
            {
                case Act.Open open:
                    Open(open.Which % sessions.Count, open.Executions);
                    break;
                case Act.Use use:
                    Use(use.Which % sessions.Count, use.Executions);
                    break;
                case Act.End one when one.Which < sessions.Count:
                    End(sessions[one.Which]);
                    break;
                case Act.Limit limit:
                    var index = limit.Which % sessions.Count;
                    var quotas = Given.Adjust(quotas: new() { Executions = limit.Executions }, patterns: null);
                    sessions[index] = SessionRules.Decide(sessions[index].Id, sessions[index], quotas, Given.Facts()).Next ?? sessions[index];
                    break;
                case Act.Refuse refuse when refuse.Which < sessions.Count && sessions[refuse.Which] is { Usage.Executions: 0, Spent: null, Children.Length: 0 } child:
                    sessions.Remove(child);
                    var parent = Parent(child);
                    sessions[parent] = ChildRules.TakeBack(sessions[parent], ChildRules.Share(sessions[parent], child.Id)!, Given.Facts()).Next!;
                    break;
            }

            Judge(act, before);
        }

        private void Open(int index, int executions)
        {
            var (parent, id) = (sessions[index], SessionId.New());
            var command = Given.OpenChild(new() { Quotas = new() { Executions = executions } }, id);
            if (SessionRules.Decide(parent.Id, parent, command, Given.Facts()).Next is not { } next)
            {
                Refused++;
                return;
            }

            sessions[index] = next;
            sessions.Add(Given.ChildOf(next, id).AfterIts(Given.Activate()));
            Opened++;
            Deepest = Math.Max(Deepest, sessions[^1].Parent!.Depth);
        }

        private void Use(int index, int executions)
        {
            var session = sessions[index];
            var some = Math.Min(executions, Left(session));
            started += some;
            sessions[index] = session with
            {
                Usage = session.Usage with { Executions = session.Usage.Executions + some, Succeeded = session.Usage.Succeeded + some },
            };
        }

        private void End(SessionRecord session)
        {
            foreach (var share in session.Children)
            {
                End(sessions.Single(child => child.Id == share.Id));
            }

            session = sessions.Single(one => one.Id == session.Id);
            sessions.Remove(session);
            var parent = Parent(session);
            sessions[parent] = end(sessions[parent], session.AfterIts(Given.Close()), Given.Facts()).Next!;
            Ended++;
        }

        private int Parent(SessionRecord child) => sessions.FindIndex(session => session.Id == child.Parent!.Id);

        /// <summary>What has been used, and all that may still be. A child that lowered its own quota may raise it again to its share.</summary>
        private long Allowance() => started + sessions.Sum(session => Left(session.Parent is { } parent
            ? session with { Configuration = session.Configuration with { Quotas = parent.Ceiling.Quotas } }
            : session));

        private static long Left(SessionRecord session) => Math.Max(0, EffectiveTerms.Quotas(session).Executions!.Value - session.Usage.Executions);

        private void Judge(Act act, long before)
        {
            // A quota that is lowered below what is used and moved takes nothing back; it only adds nothing.
            var (limit, after) = (sessions[0].Configuration.Quotas.Executions!.Value, Allowance());
            if (after > limit && after > before)
            {
                violations.Add($"{act}: {after} instead of {before}, of {limit}");
            }

            var counted = sessions.Sum(session => session.ToSnapshot().Usage.Executions);
            if (counted != started)
            {
                violations.Add($"{act}: {counted} counted of {started} that were started");
            }
        }
    }
}

using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Admission;
using Sessions.Core.Isolation;
using Sessions.Core.Tests.Admission.Simulation;

namespace Sessions.Core.Tests.Isolation;

/// <summary>Who waits for a place, and whose turn it is.</summary>
public class WaitingLineTests
{
    private const int Maximum = 12;
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Principal[] Creators = [.. "abcd".Select(name => Principal.Parse($"creator-{name}"))];

    private static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(3);

    private readonly WaitingLine line = new(Confirmation);

    [Fact]
    public void WhateverHappens_NobodyIsLostDoubledOrOneTooMany()
    {
        Prop.ForAll(Histories, history =>
        {
            var (line, random) = (new WaitingLine(Confirmation), new Random(history.Seed));
            var (waiting, called) = (new HashSet<Waiter>(), new List<Waiter>());
            for (var (step, now) = (0, Start); step < history.Steps; step++, now += TimeSpan.FromSeconds(random.Next(3)))
            {
                var moment = At(now);
                switch (random.Next(10))
                {
                    case < 4:
                        var one = Waiter(random.Next(Creators.Length), now.AddSeconds(-random.Next(30)));
                        var entrance = line.Enter(one, Maximum, moment);
                        Assert.Equal(waiting.Count >= Maximum ? QueueEntrance.Full : QueueEntrance.Entered, entrance);
                        if (entrance == QueueEntrance.Entered)
                        {
                            waiting.Add(one);
                        }

                        break;
                    case < 6:
                        var places = random.Next(5);
                        var next = Call(line, places, moment);
                        Assert.True(next.Count == 0 || line.Called <= places, "more are called than there are places");
                        Assert.All(next, waiter => Assert.True(waiting.Contains(waiter) && !called.Contains(waiter)));
                        called.AddRange(next);
                        break;
                    case < 8 when called.Count > 0:
                        var answered = called[random.Next(called.Count)];
                        called.Remove(answered);
                        End(line, answered, random.Next(4), moment);
                        if (!line.TryFind(answered.Session, out _))
                        {
                            waiting.Remove(answered);
                        }

                        break;
                    case 8 when waiting.Count > 0:
                        var leaving = waiting.ElementAt(random.Next(waiting.Count));
                        line.Leave(leaving);
                        if (!called.Contains(leaving))
                        {
                            waiting.Remove(leaving);
                        }

                        break;
                    default:
                        var lapsed = line.DropLapsed(moment);
                        Assert.DoesNotContain(lapsed, called.Contains);
                        waiting.ExceptWith(lapsed);
                        Assert.DoesNotContain(waiting, waiter => waiter.Deadline <= now && !called.Contains(waiter));
                        break;
                }

                var order = line.InOrder.ToList();
                Assert.Equal((waiting.Count, called.Count), (line.Count, line.Called));
                Assert.True(waiting.SetEquals(order) && order.Count == waiting.Count, "the line has lost somebody, or has somebody twice");
                Assert.Equal(Enumerable.Range(1, order.Count), order.Select(line.PositionOf));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void WhileACreatorWaits_NoOtherGetsTwoPlacesBeforeItsNext()
    {
        Prop.ForAll(Histories, history =>
        {
            var (line, random, now) = (new WaitingLine(Confirmation), new Random(history.Seed), Start);
            var since = new Dictionary<Principal, List<Principal>>();
            for (var step = 0; step < history.Steps; step++, now = now.AddSeconds(1))
            {
                if (random.Next(3) > 0)
                {
                    // Whoever comes often is not to be served more often.
                    var creator = random.Next(4) > 0 ? 0 : random.Next(Creators.Length);
                    line.Enter(Waiter(creator, now), Maximum, At(now));
                }

                if (random.Next(2) == 0 && Call(line, 1, At(now)) is [var next])
                {
                    line.Admit(next, now);
                    since[next.Creator] = [];
                    foreach (var (waiting, others) in since.Where(one => one.Key != next.Creator))
                    {
                        others.Add(next.Creator);
                    }
                }

                var present = line.InOrder.Select(waiter => waiter.Creator).ToHashSet();
                foreach (var gone in since.Keys.Where(creator => !present.Contains(creator)).ToList())
                {
                    since.Remove(gone);
                }

                foreach (var creator in present)
                {
                    since.TryAdd(creator, []);
                    Assert.Equal(since[creator].Distinct(), since[creator]);
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void SessionsOfOneCreator_GoByWhenTheyBeganToWait_AlsoWhenTheyEnterAgainInAnyOrder()
    {
        var waiters = Enumerable.Range(0, 8).Select(n => Waiter(0, Start.AddSeconds(n))).ToArray();
        var entering = waiters.ToArray();
        new Random(5).Shuffle(entering);
        foreach (var waiter in entering)
        {
            line.Enter(waiter, Maximum, At(Start.AddMinutes(1)));
        }

        Assert.Equal(waiters, line.InOrder);
    }

    [Fact]
    public void Creators_TakeTurns_HoweverManySessionsEachHas()
    {
        var (a1, a2, a3, b1, c1, c2) = (Enter(0), Enter(0), Enter(0), Enter(1), Enter(2), Enter(2));

        Assert.Equal([a1, b1, c1, a2, c2, a3], line.InOrder);
        Assert.Equal([1, 4, 6, 2, 3, 5], new[] { a1, a2, a3, b1, c1, c2 }.Select(line.PositionOf));

        line.Admit(Assert.Single(Call(line, 1, At(Start))), Start);

        Assert.Equal([b1, c1, a2, c2, a3], line.InOrder);
    }

    [Fact]
    public void SessionThatEntersAgain_UnderItsCommand_FindsItsPlace()
    {
        var (first, second) = (Enter(0), Enter(0));

        Assert.Equal(QueueEntrance.Found, line.Enter(Again(first, first.Command), 1, At(Start)));

        Assert.Equal([first, second], line.InOrder);
    }

    [Fact]
    public void SessionThatEntersAgain_UnderAnotherCommand_TakesThePlaceOver_UnlessItIsCalled()
    {
        var (first, command) = (Enter(0), new ActivateSession());
        Enter(0);

        Assert.Equal(QueueEntrance.TakenOver, line.Enter(Again(first, command), 1, At(Start)));
        Assert.Same(command, Assert.Single(Call(line, 1, At(Start))).Command);
        Assert.Equal(QueueEntrance.Busy, line.Enter(Again(first, new ActivateSession()), 1, At(Start)));
        Assert.Equal((2, 1), (line.Count, line.PositionOf(first)));
    }

    [Fact]
    public void OneWhoFoundNoPlaceAfterAll_IsNextAgain()
    {
        var (first, second) = (Enter(0), Enter(1));
        line.Return(Assert.Single(Call(line, 1, At(Start))));

        Assert.Equal([first], Call(line, 1, At(Start)));
        Assert.Equal([second], Call(line, 2, At(Start)));
    }

    [Fact]
    public void OneWhoCannotBeReached_LetsOthersPassForAWhile_AndKeepsItsPlace()
    {
        var (first, second) = (Enter(0), Enter(1));
        line.Return(Assert.Single(Call(line, 1, At(Start))), restsUntil: At(Start.AddSeconds(2)).Milliseconds);

        Assert.Equal([second], Call(line, 1, At(Start.AddSeconds(1))));
        Assert.Equal(1, line.PositionOf(first));
        Assert.Equal([first], Call(line, 2, At(Start.AddSeconds(2))));
    }

    [Fact]
    public void CallerThatIsNotHeardOfAnyMore_IsTakenOut_AndOneThatAsksIsNot()
    {
        var (silent, asking, called) = (Enter(0), Enter(0), Enter(1));
        line.Call(called);
        var later = At(Start + Confirmation + Core.Isolation.Waiter.Grace + TimeSpan.FromMilliseconds(1));
        Assert.False(line.Hear(asking, TimeSpan.FromSeconds(1), At(Start)));

        Assert.Equal([silent], line.DropLapsed(later));

        Assert.Equal([asking, called], line.InOrder);
    }

    [Fact]
    public void PlaceThatIsNotConfirmed_FallsToTheNext_AndWhoComesBackStandsWhereItStood()
    {
        var (dead, next, last) = (Enter(0), Enter(0), Enter(0));
        Assert.Equal([dead], line.Offer(1, At(Start)));
        line.Hear(next, TimeSpan.FromSeconds(2), At(Start.AddSeconds(2)));
        Assert.Empty(line.Offer(1, At(Start.AddSeconds(2.9))));

        Assert.Equal([next], line.Offer(1, At(Start.AddSeconds(3))));
        Assert.True(line.Hear(next, TimeSpan.FromSeconds(2), At(Start.AddSeconds(4))));
        Assert.Equal((1, 2), (line.PositionOf(dead), line.PositionOf(next)));

        Assert.False(line.Hear(dead, TimeSpan.FromSeconds(2), At(Start.AddSeconds(5))));
        line.Hear(last, TimeSpan.FromSeconds(2), At(Start.AddSeconds(5)));
        Assert.Equal([dead], line.Offer(2, At(Start.AddSeconds(5))));
    }

    [Fact]
    public void CallerThatIsSilentForLongerThanItSaid_IsOfferedNothing()
    {
        var (silent, present) = (Enter(0), Enter(1));
        line.Hear(silent, TimeSpan.FromSeconds(2), At(Start));
        line.Hear(present, TimeSpan.FromSeconds(10), At(Start));

        Assert.Equal([present], line.Offer(1, At(Start.AddSeconds(5.001))));
    }

    [Fact]
    public void OfferThatIsTakenUnderAnotherCommand_CallsThatOne()
    {
        var (first, command) = (Enter(0), new ActivateSession());
        line.Offer(1, At(Start));

        Assert.Equal(QueueEntrance.TakenOver, line.Enter(Again(first, command), 1, At(Start)));
        Assert.True(line.Hear(first, TimeSpan.Zero, At(Start)));
        Assert.Equal((command, 1), (first.Command, line.Called));
    }

    [Fact]
    public void CallersThatDie_TakeNoPlace_AndKeepNobodyFromOneForLong()
    {
        Prop.ForAll(Histories, history =>
        {
            var (line, random, now) = (new WaitingLine(Confirmation), new Random(history.Seed), Start);
            var patience = TimeSpan.FromSeconds(2);
            var (dead, places) = (new HashSet<Waiter>(), 1 + random.Next(3));
            var since = Start;
            for (var step = 0; step < history.Steps * 4; step++, now = now.AddMilliseconds(250))
            {
                if (random.Next(4) == 0)
                {
                    line.Enter(Waiter(random.Next(Creators.Length), now, wait: 10_000), Maximum, At(now));
                }

                if (random.Next(6) == 0 && line.InOrder.Except(dead).ToList() is { Count: > 0 } alive)
                {
                    dead.Add(alive[random.Next(alive.Count)]);
                    since = now;
                }

                line.DropLapsed(At(now));
                var offered = line.Offer(places, At(now));
                Assert.True(line.Called <= places, "more are offered a place than there are");

                // Whoever lives asks in every step.
                var taken = line.InOrder.Where(waiter => !dead.Contains(waiter) && line.Hear(waiter, patience, At(now))).ToList();
                Assert.All(dead, waiter => Assert.False(waiter.IsCalled));
                Assert.All(offered.Except(dead), waiter => Assert.Contains(waiter, taken));
                taken.ForEach(waiter => line.Admit(waiter, now));

                // Counted from the last death: until then the dead may be offered one place after the other.
                since = taken.Count > 0 || !line.InOrder.Except(dead).Any() ? now : since;
                Assert.True(now - since <= patience + (2 * Confirmation) + TimeSpan.FromSeconds(0.25), "a place lies idle while somebody waits");
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Deadline_ThatHasCome_IsToldToThoseWhoAreNotCalled()
    {
        var (first, second) = (Enter(0, wait: 10), Enter(0, wait: 20));
        Call(line, 1, At(Start));

        Assert.Empty(line.DropLapsed(new Moment(0, Start.AddSeconds(15))));
        line.Return(first);
        Assert.Equal([first], line.DropLapsed(new Moment(0, Start.AddSeconds(15))));
        Assert.Equal([second], line.DropLapsed(new Moment(0, Start.AddSeconds(20))));
        Assert.Equal(0, line.Count);
    }

    [Fact]
    public void CallerThatGoesWhileItIsCalled_LosesItsPlaceWhenItWasNotLetIn()
    {
        var first = Enter(0);
        Call(line, 1, At(Start));
        line.Leave(first);
        Assert.Equal((1, 1), (line.Count, line.Called));

        line.Return(first);

        Assert.Equal((0, 0), (line.Count, line.Called));
    }

    [Fact]
    public void CallerThatComesBackWhileItIsCalled_HasNotGone()
    {
        var first = Enter(0);
        Call(line, 1, At(Start));
        line.Leave(first);
        line.Enter(Again(first, first.Command), Maximum, At(Start));

        line.Return(first);

        Assert.Equal([first], line.InOrder);
    }

    [Fact]
    public void Estimate_IsUnknownAtFirst_AndThenByHowPlacesCameFree()
    {
        var now = Start;
        for (var n = 0; n < 8; n++)
        {
            Enter(0);
        }

        for (var n = 0; n < 3; n++)
        {
            Assert.Null(line.Estimate(1, now));
            now = now.AddSeconds(10);
            line.Admit(Assert.Single(Call(line, 1, At(now))), now);
        }

        Assert.Equal(TimeSpan.FromSeconds(40), line.Estimate(4, now.AddSeconds(9)));

        // Nothing has come free for fifty seconds, four times as long as ever before.
        Assert.Equal(TimeSpan.FromSeconds(20), line.Estimate(1, now.AddSeconds(50)));
        Assert.Equal(TimeSpan.FromSeconds(10), line.Estimate(1, now.AddSeconds(-50)));
    }

    [Fact]
    public void Estimate_CountsNoTimeInWhichNobodyWaited()
    {
        for (var (n, now) = (0, Start); n < 4; n++, now = now.AddHours(1))
        {
            line.Enter(Waiter(0, now), Maximum, At(now));
            line.Admit(Assert.Single(Call(line, 1, At(now))), now.AddSeconds(2));
        }

        Enter(0, at: 4 * 3600);

        Assert.Equal(TimeSpan.FromSeconds(2), line.Estimate(1, Start.AddHours(4)));
    }

    private static Arbitrary<(int Steps, int Seed)> Histories =>
        (from steps in Gen.Choose(1, 120) from seed in Gen.Choose(0, 1 << 20) select (steps, seed)).ToArbitrary();

    private static void End(WaitingLine line, Waiter called, int how, Moment now)
    {
        switch (how)
        {
            case 0:
                line.Admit(called, now.Utc);
                break;
            case 1:
                line.Return(called);
                break;
            case 2:
                line.Return(called, now.Milliseconds + 2000);
                break;
            default:
                line.Remove(called);
                break;
        }
    }

    /// <summary>Offers places, to callers that are all there and confirm at once.</summary>
    private static List<Waiter> Call(WaitingLine line, long places, Moment now)
    {
        foreach (var waiter in line.InOrder.Where(waiter => !waiter.IsOffered && !waiter.IsCalled))
        {
            line.Hear(waiter, TimeSpan.Zero, now);
        }

        var offered = line.Offer(places, now);
        Assert.All(offered, waiter => Assert.True(line.Hear(waiter, TimeSpan.Zero, now)));
        return offered;
    }

    private static Waiter Waiter(int creator, DateTimeOffset since, int wait = 40) =>
        new(SessionId.New(), Creators[creator], new ActivateSession(), since, since.AddSeconds(wait));

    private static Waiter Again(Waiter waiter, ActivateSession command) => new(waiter.Session, waiter.Creator, command, waiter.Since, waiter.Deadline);

    private static Moment At(DateTimeOffset now) => new((long)(now - Start).TotalMilliseconds, now);

    private Waiter Enter(int creator, int wait = 40, int at = 0)
    {
        var waiter = Waiter(creator, Start.AddSeconds(at), wait);
        Assert.Equal(QueueEntrance.Entered, line.Enter(waiter, Maximum, At(Start.AddSeconds(at))));
        return waiter;
    }
}

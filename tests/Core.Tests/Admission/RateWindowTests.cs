using FsCheck;
using FsCheck.Fluent;

namespace Sessions.Core.Tests.Admission;

public class RateWindowTests
{
    /// <summary>The longest that anything counts.</summary>
    private const long Silence = 1088;

    /// <summary>What two moments that a clock shows may be apart and still lie within one true second.</summary>
    private const long ShownSecond = 1020;

    private static readonly Gen<(int Limit, IReadOnlyList<(int Wait, int Wanted)> Acts)> AnyUse =
        from limit in Gen.Choose(1, 12)
        from acts in Gen.ListOf(
            Gen.Frequency((3, Gen.Choose(0, 5)), (4, Gen.Choose(0, 130)), (1, Gen.Choose(900, 1100)), (1, Gen.Choose(0, 100_000)))
                .Zip(Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(0, 20)))),
            60)
        select (limit, (IReadOnlyList<(int, int)>)[.. acts.Select(act => (act.Item1, act.Item2))]);

    [Fact]
    public void AnyUse_LookedAtThroughAnyWindowOfASecond_HasAtMostTheLimit() =>
        Check(AnyUse, use => HighestInOneSecond(Log(use, 0)) <= use.Limit);

    [Fact]
    public void AnyUse_ByAClockWithAPast_HasAtMostTheLimit() =>
        Check(AnyUse, use => HighestInOneSecond(Log(use, 987_654_321_987)) <= use.Limit);

    [Fact]
    public void Checker_FedAWindowThatIsTooShort_SeesIt()
    {
        // What a window that forgets after exactly 1,000 shown milliseconds would admit: a coarse clock shows too much.
        Assert.Equal(2, HighestInOneSecond([(0, 1), (1000, 1)]));
        Assert.Equal(1, HighestInOneSecond([(0, 1), (1021, 1)]));
        Assert.Equal(5, HighestInOneSecond([(0, 1), (500, 2), (1000, 2), (1600, 1)]));
    }

    [Fact]
    public void Window_AfterSilence_HasItsFullLimitAgain() =>
        Check(AnyUse.Zip(Gen.Choose(0, 5000)), both =>
        {
            var (use, offset) = both;
            var window = new RateWindow(use.Limit);
            var now = Play(window, use, offset, (_, _) => { });
            return window.Left(now + Silence) == use.Limit && window.TakeUpTo(int.MaxValue, now + Silence) == use.Limit;
        });

    [Fact]
    public void Window_UsedWithoutPause_GivesItsLimitEverySecondAndASlot()
    {
        var window = new RateWindow(10);
        var taken = 0;
        for (var now = 0; now < 108_800; now++)
        {
            taken += window.TakeUpTo(10, now);
        }

        Assert.Equal(1000, taken);
    }

    [Fact]
    public void UntilFree_OfAFullWindow_IsTheVeryMillisecond() =>
        Check(AnyUse.Zip(Gen.Choose(0, 5000)), both =>
        {
            var (use, offset) = both;
            var window = new RateWindow(use.Limit);
            var now = Play(window, use, offset, (_, _) => { });
            window.TakeUpTo(use.Limit, now);
            var free = now + (long)window.UntilFree(now).TotalMilliseconds;
            return free > now && window.Left(free - 1) == 0 && window.Left(free) > 0 && window.UntilFree(free) == TimeSpan.Zero;
        });

    [Fact]
    public void Limit_Changed_HoldsForWhatWasTakenBefore()
    {
        var window = new RateWindow(10);
        Assert.Equal(10, window.TakeUpTo(12, 0));

        window.Limit = 4;
        Assert.Equal(0, window.Left(500));
        Assert.False(window.TryTake(500));
        Assert.Equal(TimeSpan.FromMilliseconds(Silence - 500), window.UntilFree(500));

        window.Limit = 11;
        Assert.True(window.TryTake(501));
        Assert.False(window.TryTake(502));
        Assert.Equal(10, window.Left(Silence));
    }

    [Fact]
    public void Limit_OfZero_PermitsNothingEver()
    {
        var window = new RateWindow(0);

        Assert.False(window.TryTake(0));
        Assert.False(window.TryTake(10_000));
        Assert.Equal(TimeSpan.MaxValue, window.UntilFree(10_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => window.Limit = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => window.TakeUpTo(-1, 10_000));
    }

    [Fact]
    public void Time_ThatStandsStillOrGoesBack_FreesNothing()
    {
        var window = new RateWindow(1);
        Assert.True(window.TryTake(5000));

        Assert.False(window.TryTake(5000));
        Assert.False(window.TryTake(0));
        Assert.True(window.TryTake(5000 + Silence));
    }

    private static List<(long At, int Count)> Log((int Limit, IReadOnlyList<(int Wait, int Wanted)> Acts) use, long start)
    {
        var log = new List<(long, int)>();
        Play(new RateWindow(use.Limit), use, start, (at, count) => log.Add((at, count)));
        return log;
    }

    private static long Play(
        RateWindow window, (int Limit, IReadOnlyList<(int Wait, int Wanted)> Acts) use, long start, Action<long, int> taken)
    {
        var now = start;
        foreach (var (wait, wanted) in use.Acts)
        {
            now += wait;
            taken(now, wanted == 1 ? (window.TryTake(now) ? 1 : 0) : window.TakeUpTo(wanted, now));
        }

        return now;
    }

    /// <summary>
    /// The most that any second has, by the definition, for the coarsest clock that there is.
    /// </summary>
    private static int HighestInOneSecond(List<(long At, int Count)> log) =>
        log.Select(first => log.Where(entry => entry.At >= first.At && entry.At <= first.At + ShownSecond).Sum(entry => entry.Count)).DefaultIfEmpty().Max();

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) =>
        Prop.ForAll(gen.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}

using Microsoft.Extensions.Options;
using Sessions.Core.Ownership;
using Sessions.Grains.Hosting;
using Sessions.Grains.Ownership;
using Sessions.Grains.Storage;

namespace Sessions.Cluster.Tests;

/// <summary>A clock that tells the time only while it agrees with the one that all nodes share.</summary>
public sealed class SessionsClockTests
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private readonly SettableClock machine = new();
    private readonly SessionsClock clock;

    public SessionsClockTests() => clock = new SessionsClock(machine, Options.Create(new SessionsOptions { ClockTolerance = Tolerance }));

    [Fact]
    public async Task NothingToCompareWith_TellsTheTime_WhateverItIs()
    {
        Assert.Null(await CompareAsync(null));
        machine.Step(TimeSpan.FromDays(1));

        Assert.Equal(machine.GetUtcNow(), clock.GetUtcNow());
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    [InlineData(-1000, true)]
    [InlineData(-1001, false)]
    public async Task OffByMoreThanTolerated_TellsNoTime(int milliseconds, bool isRight)
    {
        await CompareAsync(machine.GetUtcNow() - TimeSpan.FromMilliseconds(milliseconds));

        AssertTells(isRight);
    }

    [Fact]
    public async Task WrongClock_SaysByHowMuchAndWhatToDo()
    {
        await CompareAsync(machine.GetUtcNow() - TimeSpan.FromMinutes(2));

        Assert.Equal(
            "The clock of this node is 120.0 s ahead of the database's, more than Sessions:ClockTolerance (1 s) allows. Correct the clock of the machine.",
            clock.Fault);
    }

    [Fact]
    public async Task ClockSet_BetweenComparisons_TellsNoTimeUntilItIsComparedAgain()
    {
        await CompareAsync(machine.GetUtcNow());
        machine.Pass(TimeSpan.FromHours(1));
        AssertTells(true);

        machine.Step(TimeSpan.FromSeconds(1.5));
        AssertTells(false);

        // As after a virtual machine stood still: its clock was corrected, and is right.
        await CompareAsync(machine.GetUtcNow());
        AssertTells(true);
    }

    [Fact]
    public async Task StoreDoesNotAnswer_WhatWasKnown_StaysValid()
    {
        await CompareAsync(machine.GetUtcNow());
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => clock.CompareAsync(static _ => throw new StoreUnavailableException("gone"), CancellationToken.None));
        AssertTells(true);

        await CompareAsync(machine.GetUtcNow() + TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => clock.CompareAsync(static _ => throw new StoreUnavailableException("gone"), CancellationToken.None));
        AssertTells(false);
    }

    // The answer may have been given at any time between question and its arrival.
    [Theory]
    [InlineData(4, 3, true)]
    [InlineData(4, 3.1, false)]
    [InlineData(4, -3, true)]
    [InlineData(4, -3.1, false)]
    public void AnswerThatWasLongOnItsWay_IsTakenForWrong_OnlyIfItMustBe(double took, double ahead, bool isRight)
    {
        var askedAt = DateTimeOffset.UnixEpoch;
        var comparison = ClockComparison.Of(askedAt, TimeSpan.FromSeconds(took), askedAt + TimeSpan.FromSeconds((took / 2) - ahead));

        Assert.Equal(isRight, !comparison.IsOff(Tolerance));
        Assert.Equal((ahead, took / 2), (comparison.Offset.TotalSeconds, comparison.Uncertainty.TotalSeconds));
    }

    private Task<ClockComparison?> CompareAsync(DateTimeOffset? shared) => clock.CompareAsync(_ => new(shared), CancellationToken.None);

    private void AssertTells(bool isRight)
    {
        if (isRight)
        {
            Assert.Null(clock.Fault);
            Assert.Equal(machine.GetUtcNow(), clock.GetUtcNow());
        }
        else
        {
            Assert.NotNull(clock.Fault);
            Assert.Equal(SessionErrorCode.Unavailable, Assert.Throws<SessionException>(() => clock.GetUtcNow()).Code);
        }
    }

    /// <summary>A wall clock that can be set, beside a monotonic one that cannot.</summary>
    private sealed class SettableClock : TimeProvider
    {
        private DateTimeOffset wall = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
        private long monotonic;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => wall;

        public override long GetTimestamp() => monotonic;

        public void Pass(TimeSpan time) => (wall, monotonic) = (wall + time, monotonic + time.Ticks);

        public void Step(TimeSpan by) => wall += by;
    }
}

using Sessions.Core.Sweeping;
using Xunit;

namespace Sessions.Core.Tests.Sweeping;

public sealed class SweepIntervalTests
{
    private static readonly TimeSpan Set = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void QuickLooks_LeaveTheIntervalAsItIsSet() => Assert.Equal(Set, SweepInterval.For(Set, Quick, Quick));

    // A node that was slow once, for example because it had just begun, used to sweep nothing for twenty times as long.
    [Fact]
    public void SingleSlowLook_KeepsNoSessionWaiting()
    {
        Assert.Equal(Set, SweepInterval.For(Set, Slow, TimeSpan.Zero));
        Assert.Equal(Set, SweepInterval.For(Set, Slow, Quick));
        Assert.Equal(Set, SweepInterval.For(Set, Quick, Slow));
    }

    [Fact]
    public void LooksThatStaySlow_MakeTheIntervalLonger() =>
        Assert.Equal(TimeSpan.FromSeconds(6), SweepInterval.For(Set, Slow, Slow * 2));
}

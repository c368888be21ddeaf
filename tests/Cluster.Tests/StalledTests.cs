using Microsoft.Extensions.Time.Testing;
using Sessions.Core.Events;
using Sessions.Grains.Events;
using Sessions.Grains.Operations;

namespace Sessions.Cluster.Tests;

/// <summary>How long something has stood still, as health checks and metrics have it.</summary>
public sealed class StalledTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void EventsAreHeldBack_OthersFollow_TheFeedIsBehindSinceTheFirst_UntilItCanBeRead()
    {
        var feed = new FeedState(time);
        feed.OnLooked(At(10), At(10));
        Assert.Equal(TimeSpan.Zero, feed.Behind);

        feed.OnLooked(At(10), At(12));
        time.Advance(TimeSpan.FromSeconds(5));
        feed.OnLooked(At(11), At(20));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(10), feed.Behind);

        // What was awaited can be read; others that came meanwhile have not waited as long.
        feed.OnLooked(At(15), At(20));
        Assert.Equal(TimeSpan.Zero, feed.Behind);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)), (feed.Behind, feed.SinceLook));
        feed.OnLooked(At(20), At(20));
        Assert.Equal(TimeSpan.Zero, feed.Behind);
    }

    [Fact]
    public void OperationsStall_AtEveryLook_TheyHaveStalledSinceTheFirst()
    {
        var operations = new OperationsState(time);
        operations.OnLooked(0);
        operations.OnLooked(2);
        time.Advance(TimeSpan.FromSeconds(3));
        operations.OnLooked(1);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((1, TimeSpan.FromSeconds(6)), (operations.Stalled, operations.StalledFor));

        operations.OnLooked(0);
        Assert.Equal(TimeSpan.Zero, operations.StalledFor);
    }

    private static EventCursor At(long position) => EventCursor.Parse($"c-{position:D26}");
}

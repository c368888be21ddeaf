using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Sessions.Client.Tests;

/// <summary>Which connections are left, and when.</summary>
public sealed class GatewayRoundTests : IDisposable
{
    private static readonly IPEndPoint First = IPEndPoint.Parse("10.0.0.1:30000");
    private static readonly IPEndPoint Second = IPEndPoint.Parse("10.0.0.2:30000");
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider time = new();
    private readonly GatewayLinks links;
    private readonly GatewayRound round;

    public GatewayRoundTests()
    {
        links = new GatewayLinks(time, NullLogger<GatewayLinks>.Instance);
        round = new GatewayRound(links, time);
    }

    public void Dispose() => links.Dispose();

    [Fact]
    public void NothingIsSent_TimePasses_GatewaysAreAskedOncePerPeriod_AndNoneIsLeft()
    {
        var (first, second) = (Open(First), Open(Second));

        var asked = Pass(TimeSpan.FromMinutes(1), first, second);

        Assert.InRange(asked, 5, 8);
        Assert.Null(first.LeftBecause);
        Assert.Null(second.LeftBecause);
    }

    [Fact]
    public void OneGatewayIsSilent_AnotherAnswers_ItIsLeftWithinThreeSeconds_AndLeftAlone()
    {
        var (silent, other) = (Open(First), Open(Second));
        silent.OnSent();

        Pass(TimeSpan.FromSeconds(3), other);

        Assert.Contains("10.0.0.1:30000", silent.LeftBecause, StringComparison.Ordinal);
        Assert.Null(other.LeftBecause);
        Assert.Equal<IPEndPoint>([Second], links.Among([First, Second]));
        Assert.Throws<Microsoft.AspNetCore.Connections.ConnectionAbortedException>(() => links.ThrowIfResting(First));
    }

    /// <summary>The answer is that of the first call; the second has none, and nothing more is sent.</summary>
    [Fact]
    public void AnswerCrossesAnotherCall_GatewayStandsStillThen_ItIsLeftWithinThreeSeconds()
    {
        var (silent, other) = (Open(First), Open(Second));
        Pass(TimeSpan.FromSeconds(4), silent, other);
        silent.OnSent();
        silent.OnSent();
        time.Advance(TimeSpan.FromTicks(1));
        silent.OnHeard();

        Pass(TimeSpan.FromSeconds(3), other);

        Assert.NotNull(silent.LeftBecause);
    }

    [Fact]
    public void CallsHaveEnded_NothingMoreIsSent_GatewaysAreAskedOnceMore_AndThenOncePerPeriod()
    {
        var (first, second) = (Open(First), Open(Second));
        Pass(TimeSpan.FromSeconds(4), first, second);
        first.OnSent();
        time.Advance(TimeSpan.FromTicks(1));
        first.OnHeard();

        Assert.Equal(1, Pass(TimeSpan.FromSeconds(8), first, second));
    }

    [Fact]
    public void GatewayWasLeft_TimePasses_ItIsTriedAgain_AndLeftForTwiceAsLongIfItIsStillSilent()
    {
        var other = Open(Second);
        var rests = new List<TimeSpan>();
        for (var i = 0; i < 3; i++)
        {
            var silent = Open(First);
            silent.OnSent();
            Pass(TimeSpan.FromSeconds(3), other);
            Assert.NotNull(silent.LeftBecause);
            links.Close(silent);
            var left = time.GetTimestamp();
            while (!links.Among([First, Second]).Contains(First))
            {
                Pass(Tick, other);
            }

            rests.Add(time.GetElapsedTime(left));
        }

        Assert.InRange(rests[1], rests[0] + TimeSpan.FromSeconds(8), rests[0] + TimeSpan.FromSeconds(12));
        Assert.InRange(rests[2], rests[1] + TimeSpan.FromSeconds(18), rests[1] + TimeSpan.FromSeconds(22));
    }

    [Fact]
    public void CallTakesLong_ItsGatewayAnswersQuestions_ItIsNotLeft()
    {
        var (slow, other) = (Open(First), Open(Second));
        slow.OnSent();

        Pass(TimeSpan.FromMinutes(1), slow, other);

        Assert.Null(slow.LeftBecause);
    }

    [Fact]
    public void NoGatewayAnswers_ForTenSeconds_EachIsReconnected_AndNoneIsLeftAlone()
    {
        var (first, second) = (Open(First), Open(Second));
        first.OnSent();
        second.OnSent();

        Pass(TimeSpan.FromSeconds(8));
        Assert.Null(first.LeftBecause);

        Pass(TimeSpan.FromSeconds(6));
        Assert.NotNull(first.LeftBecause);
        Assert.NotNull(second.LeftBecause);
        Assert.Equal<IPEndPoint>([First, Second], links.Among([First, Second]));
    }

    [Fact]
    public void EveryGatewayIsLeftAlone_ListIsAsked_AllAreGiven()
    {
        var (silent, other) = (Open(First), Open(Second));
        silent.OnSent();
        Pass(TimeSpan.FromSeconds(3), other);
        links.Close(silent);

        Assert.Equal<IPEndPoint>([First], links.Among([First]));
    }

    [Fact]
    public void ConnectionThatWasHeardEnds_CallsThatWaitHearOfIt()
    {
        var link = Open(First);
        var lost = links.Lost;

        links.Close(link);

        Assert.True(lost.IsCancellationRequested);
        Assert.False(links.Lost.IsCancellationRequested);
        Assert.True(links.IsSettling);
        time.Advance(GatewayLinks.SettlingTime);
        Assert.False(links.IsSettling);
    }

    private GatewayLink Open(IPEndPoint endpoint)
    {
        var link = new GatewayLink(endpoint, context: null, time);
        links.Open(link);
        time.Advance(TimeSpan.FromTicks(1));
        link.OnHeard();
        return link;
    }

    /// <summary>Lets time pass; those who answer do so at once when they are asked, and questions go to all.</summary>
    private int Pass(TimeSpan duration, params GatewayLink[] answering)
    {
        var asked = 0;
        for (var passed = TimeSpan.Zero; passed < duration; passed += Tick)
        {
            time.Advance(Tick);
            if (round.Step())
            {
                asked++;
                foreach (var link in links.All)
                {
                    link.OnSent();
                }

                time.Advance(TimeSpan.FromTicks(1));
                foreach (var link in answering)
                {
                    link.OnHeard();
                }
            }

            foreach (var left in links.All.Where(link => link.LeftBecause is not null).ToList())
            {
                links.Close(left);
            }
        }

        return asked;
    }
}

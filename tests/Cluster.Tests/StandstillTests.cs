using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Sessions.Grains.Hosting;
using Sessions.Grains.Ownership;
using Sessions.TestKit;

namespace Sessions.Cluster.Tests;

/// <summary>What a node does when it finds that it has stood still: its clock has moved, and no beat came.</summary>
public sealed class StandstillTests
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider time = new();
    private readonly FakeTimeProvider machine = new();
    private readonly FakeMembership membership = new();
    private readonly OwnershipProofs proofs;
    private readonly StandstillWatch watch;

    public StandstillTests()
    {
        var options = Options.Create(new SessionsOptions());
        proofs = new OwnershipProofs(time, options);
        watch = new StandstillWatch(
            proofs, membership, options, Options.Create(new ClusterMembershipOptions()), machine, NullLogger<StandstillWatch>.Instance);
    }

    [Fact]
    public void BeatsInTime_AndBeforeTheFirst_Node_Serves()
    {
        machine.Advance(Tolerance * 10);
        Assert.True(watch.MayServe);
        for (var n = 0; n < 10; n++)
        {
            watch.Beat();
            machine.Advance(Tolerance);
            Assert.True(watch.MayServe);
        }
    }

    [Theory]
    [InlineData(1000, 3, 1500)]
    [InlineData(5000, 3, 2000)]
    [InlineData(500, 2, 500)]
    [InlineData(100, 1, 250)]
    public void OthersDeclareDeadSooner_StandstillIsNoticedSooner(int probe, int missed, int tolerated)
    {
        var quick = new StandstillWatch(
            proofs,
            membership,
            Options.Create(new SessionsOptions()),
            Options.Create(new ClusterMembershipOptions { ProbeTimeout = TimeSpan.FromMilliseconds(probe), NumMissedProbesLimit = missed }),
            machine,
            NullLogger<StandstillWatch>.Instance);
        quick.Beat();
        machine.Advance(TimeSpan.FromMilliseconds(tolerated));
        Assert.True(quick.MayServe);
        machine.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(quick.MayServe);
    }

    [Fact]
    public async Task StoodStill_ServesNothing_UntilTheTableSaysThatItIsAMember()
    {
        StandStill();
        var answer = new TaskCompletionSource<bool>();
        membership.Answer = answer.Task;

        var waiting = new[] { watch.EnsureMemberAsync(), watch.EnsureMemberAsync() };
        await Eventually.Holds(() => membership.Reads == 1, "the table is read");
        Assert.False(watch.MayServe);
        Assert.All(waiting, one => Assert.False(one.IsCompleted));
        answer.SetResult(true);
        await Task.WhenAll(waiting);

        Assert.Equal((1, true), (membership.Reads, watch.MayServe));
    }

    [Fact]
    public async Task StoodStill_ProofsFromBefore_AreVoid()
    {
        time.Advance(TimeSpan.FromSeconds(1));
        var before = time.GetTimestamp();
        StandStill();
        time.Advance(TimeSpan.FromTicks(1));
        Assert.True(proofs.IsCurrent(before));

        await watch.EnsureMemberAsync();

        Assert.False(proofs.IsCurrent(before));
        Assert.True(proofs.IsCurrent(time.GetTimestamp()));
    }

    [Fact]
    public async Task DeclaredDeadMeanwhile_Node_NeverServesAgain()
    {
        StandStill();
        membership.Answer = Task.FromResult(false);

        await AssertUnavailableAsync();
        membership.Answer = Task.FromResult(true);
        await AssertUnavailableAsync();

        Assert.False(watch.MayServe);
    }

    [Fact]
    public async Task TableCannotBeRead_Node_ServesNothingAndReadsAgain()
    {
        StandStill();
        membership.Answer = Task.FromException<bool>(new InvalidOperationException("The test refuses it."));
        await AssertUnavailableAsync();

        membership.Answer = Task.FromResult(true);
        await watch.EnsureMemberAsync();

        Assert.Equal((2, true), (membership.Reads, watch.MayServe));
    }

    [Fact]
    public async Task StoodStillAgainWhileTheTableIsRead_AnswerFromBefore_DoesNotCount()
    {
        StandStill();
        var early = new TaskCompletionSource<bool>();
        membership.Answer = early.Task;
        var waiting = watch.EnsureMemberAsync();
        await Eventually.Holds(() => membership.Reads == 1, "the table is read");
        await Eventually.Holds(() => !watch.MayServe, "it is not known to be a member");
        StandStill();
        membership.Answer = Task.FromResult(false);
        var later = watch.EnsureMemberAsync();

        early.SetResult(true);

        Assert.Equal(SessionErrorCode.Unavailable, (await Assert.ThrowsAsync<SessionException>(() => waiting)).Code);
        Assert.Equal(SessionErrorCode.Unavailable, (await Assert.ThrowsAsync<SessionException>(() => later)).Code);
    }

    private void StandStill()
    {
        watch.Beat();
        machine.Advance(Tolerance + TimeSpan.FromMilliseconds(1));
    }

    private async Task AssertUnavailableAsync() =>
        Assert.Equal(SessionErrorCode.Unavailable, (await Assert.ThrowsAsync<SessionException>(watch.EnsureMemberAsync)).Code);

    private sealed class FakeMembership : ISiloMembership
    {
        private int reads;

        public int Reads => Volatile.Read(ref reads);

        public Task<bool> Answer { get; set; } = Task.FromResult(true);

        public Task<bool> IsMemberAsync()
        {
            Interlocked.Increment(ref reads);
            return Answer;
        }

        public Task RefreshAsync() => Task.CompletedTask;

        public Task<ImmutableArray<string>> ReadGatewaysAsync() => Task.FromResult(ImmutableArray<string>.Empty);
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Sessions.Core;
using Sessions.Core.Ownership;
using Sessions.Grains.Hosting;

namespace Sessions.Grains.Ownership;

/// <summary>
/// Notices that the process has stood still: by the monotonic clock, which goes on, against a timer of its own, which does not. After a
/// standstill the others may have declared the silo dead. So all proofs of ownership are voided, and nothing is served before the
/// membership table says that the silo still belongs to the cluster. Its clock is the machine's: a test that moves the sessions' own does not
/// make the process stand still.
/// </summary>
internal sealed partial class StandstillWatch(
    OwnershipProofs proofs,
    ISiloMembership membership,
    IOptions<SessionsOptions> options,
    IOptions<ClusterMembershipOptions> detection,
    TimeProvider time,
    ILogger<StandstillWatch> logger) : ICallGate, ILifecycleParticipant<ISiloLifecycle>
{
    private const int BeatsPerTolerance = 4;
    private static readonly TimeSpan ShortestTolerance = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly TimeSpan tolerance = Tolerance(options.Value, detection.Value);
    private readonly Heartbeat heart = new((long)(Tolerance(options.Value, detection.Value).TotalSeconds * time.TimestampFrequency));
    private volatile Standing standing = Standing.Member;
    private Task? reading;
    private Task refreshing = Task.CompletedTask;
    private int standstills;

    private enum Standing
    {
        Member,
        Unknown,
        Expelled,
    }

    /// <summary>Whether calls may be served. Asked by every call, so it costs next to nothing.</summary>
    public bool MayServe => standing == Standing.Member && !heart.IsOverdue(time.GetTimestamp());

    /// <summary>Waits until the membership table has said that the silo belongs to the cluster.</summary>
    /// <exception cref="SessionException">Unavailable: it does not, or the table could not be read.</exception>
    public async Task EnsureMemberAsync()
    {
        // The timer may come later than the first call.
        Beat();
        while (standing != Standing.Member)
        {
            if (standing == Standing.Expelled)
            {
                throw Unavailable("The cluster has declared this node dead, and it is ending; the session is served by another node.");
            }

            await ReadAsync();
        }
    }

    /// <summary>Takes a beat of the timer.</summary>
    public void Beat()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (heart.IsOverdue(now))
            {
                // Before the beat: otherwise a call in between would find everything in order.
                standstills++;
                reading = null;
                proofs.VoidAll();
                standing = standing == Standing.Member ? Standing.Unknown : standing;
            }

            if (heart.Beat(now) is { } gap)
            {
                LogStoodStill(TimeSpan.FromSeconds((double)gap / time.TimestampFrequency));
            }
        }
    }

    // Active, because the silo has its row in the table from then on, and serves from then on.
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Run(nameof(StandstillWatch), ServiceLifecycleStage.Active, WatchAsync);

    private static TimeSpan Tolerance(SessionsOptions options, ClusterMembershipOptions detection)
    {
        // Half of what the others need to declare a silo dead, so that one that was declared dead has always noticed.
        var half = detection.ProbeTimeout * detection.NumMissedProbesLimit / 2;
        var shorter = half < options.GrantRight ? half : options.GrantRight;
        return shorter > ShortestTolerance ? shorter : ShortestTolerance;
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        using var pace = new PeriodicTimer(tolerance / BeatsPerTolerance, time);
        try
        {
            Beat();
            while (await pace.WaitForNextTickAsync(stopping))
            {
                Beat();
                if (standing == Standing.Unknown)
                {
                    // Not waited for: the next beat would be late.
                    ReadAsync().Ignore();
                }
                else if (standing == Standing.Expelled && refreshing.IsCompleted)
                {
                    refreshing = Task.Run(membership.RefreshAsync, CancellationToken.None);
                    refreshing.Ignore();
                }
            }
        }
        finally
        {
            heart.Stop();
        }
    }

    /// <summary>Reads the table, once for all who wait.</summary>
    private Task ReadAsync()
    {
        lock (gate)
        {
            if (reading is { IsCompleted: false } present)
            {
                return present;
            }

            // The answer is everybody's and must carry nothing of the caller who happened to come first.
            using (ExecutionContext.SuppressFlow())
            {
                var of = standstills;
                return reading = Task.Run(() => ReadAsync(of), CancellationToken.None);
            }
        }
    }

    private async Task ReadAsync(int of)
    {
        bool isMember;
        try
        {
            isMember = await membership.IsMemberAsync().WaitAsync(LongestRead, time);
        }
#pragma warning disable CA1031 // Whatever the table says, the callers are to hear that they may repeat.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotRead(exception);
            throw Unavailable("This node stood still and cannot read whether it still belongs to the cluster; try again.");
        }

        lock (gate)
        {
            // An answer from before another standstill says nothing.
            if (of == standstills && standing == Standing.Unknown)
            {
                standing = isMember ? Standing.Member : Standing.Expelled;
            }
        }

        if (standing == Standing.Expelled)
        {
            LogExpelled();
        }
    }

    private SessionException Unavailable(string message) => new(Refusals.Unavailable(null, message, options.Value.RetryAfter));

    [LoggerMessage(173, LogLevel.Warning, "The process stood still for {Gap}; the membership table is read before anything is answered.")]
    private partial void LogStoodStill(TimeSpan gap);

    [LoggerMessage(174, LogLevel.Error, "The cluster has declared this node dead while it stood still; it answers nothing more and ends.")]
    private partial void LogExpelled();

    [LoggerMessage(175, LogLevel.Warning, "The process stood still, and the membership table cannot be read; callers get Unavailable until it can.")]
    private partial void LogNotRead(Exception exception);
}

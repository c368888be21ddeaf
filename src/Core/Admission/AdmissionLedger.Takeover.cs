using System.Collections.Immutable;

namespace Sessions.Core.Admission;

/// <summary>What another activation has granted: who may come back, and what nobody has claimed yet.</summary>
/// <remarks>
/// The mark lists every lease that may be out, with what of it the usage has, and how much was debited beyond that. The difference is
/// charged at once, as forfeited and unclaimed, because it may have been used. A holder that reports takes its part of it back: its
/// totals say exactly what it used and keeps. When all have reported nothing is unknown any more, and what is left was never handed out.
/// </remarks>
internal sealed partial class AdmissionLedger
{
    private readonly Dictionary<ExecutionId, SingleShare> silentSingles = [];

    // By the committed mark or one that is on its way; and those of them that were taken back.
    private readonly HashSet<ExecutionId> listedSingles = [];
    private readonly HashSet<ExecutionId> withdrawn = [];
    private long unclaimed;
    private TimeSpan unclaimedComputeTime;

    // Whether single executions may have been admitted that no mark lists, so that the leases are not all there is.
    private bool hadSingles;
    private bool isUnlisted;

    // Whether nobody is waited for any more; and whether some of those were single executions without a name, who are never known to be back.
    private bool hasGivenUp;
    private bool isPartLost;
    private long silentUntil = long.MinValue;
    private bool expectsSingles;
    private bool areSinglesListed;

    /// <summary>Begins from what another activation left.</summary>
    /// <param name="before">Its mark.</param>
    /// <param name="mine">The mark that took its place.</param>
    /// <param name="now">The moment, not earlier than the commit of <paramref name="mine"/>.</param>
    public void TakeOver(GrantMark before, GrantMark mine, long now)
    {
        (unclaimed, unclaimedComputeTime) = (mine.Unclaimed, mine.UnclaimedComputeTime);
        (hadSingles, isUnlisted) = (before.HasSingles, !before.IsListed);
        (hasGivenUp, isPartLost) = (false, false);
        var quiet = now + Milliseconds(QuietAfter(before, mine));
        (quietUntil, rateQuietUntil, silentUntil) = (quiet, quiet + RateShares.Rest, RunsUntil(quiet));
        foreach (var share in mine.Leases)
        {
            var account = LeaseAccount.Of(share);
            (account.EndsAt, account.RunsUntil) = (quiet, silentUntil);
            leases[share.Lease] = account;
            Count(account, 1);
        }

        foreach (var single in mine.Singles)
        {
            silentSingles[single.Execution] = single;
            listedSingles.Add(single.Execution);
        }

        nextEnd = Math.Min(nextEnd, silentUntil);
        ResolveIfAllAreKnown(now);
    }

    /// <summary>
    /// Takes a single execution over that another activation admitted and whose caller has come back; null if there can be none of this
    /// name. One that the mark does not list began after it was committed, and so is among what is unclaimed.
    /// </summary>
    /// <param name="execution">Which execution.</param>
    /// <param name="holder">Whose.</param>
    /// <param name="request">What runs.</param>
    /// <param name="elapsed">For how long it has run; null to take over only what the mark lists.</param>
    /// <param name="now">The moment.</param>
    public SingleExecution? Adopt(ExecutionId execution, HolderId holder, AdmissionRequest request, TimeSpan? elapsed, in Moment now)
    {
        var ran = Max(TimeSpan.Zero, elapsed ?? TimeSpan.Zero);
        var startedAt = now.Utc - ran;
        if (silentSingles.TryGetValue(execution, out var listed))
        {
            if (listed.Holder != holder)
            {
                return null;
            }

            silentSingles.Remove(execution);
            startedAt = listed.StartedAt;
        }
        else if (elapsed is null || !IsMissingSingles(now.Milliseconds) || unclaimed == 0 || IsUsed(execution))
        {
            return null;
        }
        else
        {
            unclaimed--;
            used += new Tally(1, 0, 0, 0, 0, TimeSpan.Zero, -1);
        }

        var single = new SingleExecution(execution, holder, request)
        {
            StartedAt = startedAt,

            // Where compute time is limited it gets only what is free: how much was set aside for it is not known here, and what is unclaimed
            // may be in use by others.
            EndsAt = quotas.ComputeTime is null ? EndOf(now.Milliseconds) : now.Milliseconds,
            AbandonedAt = RunsUntil(EndOf(now.Milliseconds)),
        };
        if (quotas.ComputeTime is not null)
        {
            // What it has used was set aside for it, and so is among what is unclaimed. Not the time since it began: it may have ended long ago, and
            // what its end gives back of that would be what others use.
            single.Reserved = Min(unclaimedComputeTime, ran);
            reserved += single.Reserved;
            unclaimedComputeTime -= single.Reserved;
            used += new Tally(0, 0, 0, 0, 0, TimeSpan.Zero, 0, -single.Reserved);
        }

        singles.Add(execution, single);
        nextEnd = Math.Min(nextEnd, single.AbandonedAt);
        Touch(now.Utc);
        return single;
    }

    /// <summary>Whether another activation granted a lease, and nobody has said what was made of it.</summary>
    public bool IsSilent(LeaseId lease) => leases.TryGetValue(lease, out var account) && account.IsSilent;

    /// <summary>A mark with everything that the next activation has to know of what this one has granted.</summary>
    public GrantMark List(GrantMark mark)
    {
        var lapsed = leases.Values.Where(account => account is { HasLapsed: true, IsSilent: false, IsOver: false }).Select(account => account.Owed).ToArray();
        return mark with
        {
            Leases = [.. leases.Values.Where(account => !account.IsOver).Select(account => account.Share)],
            Singles = [.. silentSingles.Values, .. singles.Values.Select(single => new SingleShare(single.Id, single.Holder, single.StartedAt))],
            HasSingles = expectsSingles || hadSingles || singles.Count > 0,
            Unclaimed = lapsed.Sum(owed => owed.Forfeited) + (hasGivenUp ? 0 : unclaimed),
            UnclaimedComputeTime = lapsed.Aggregate(
                hasGivenUp ? TimeSpan.Zero : unclaimedComputeTime, (sum, owed) => sum + owed.ForfeitedComputeTime),
            IsListed = true,
            IsReleased = false,
        };
    }

    /// <summary>How long somebody may still admit something by what another activation granted, or grants.</summary>
    private TimeSpan QuietAfter(GrantMark before, GrantMark mine) =>
        !before.IsReleased ? timings.Takeover
        : mine is { Unclaimed: 0 } && mine.UnclaimedComputeTime == TimeSpan.Zero ? TimeSpan.Zero
        : timings.Lease + timings.Margin;

    /// <summary>Takes note of what a mark lists that is on its way, and of what it does not.</summary>
    private void Unlist(GrantMark? mark)
    {
        listedSingles.UnionWith(SinglesIn(mark));
        areSinglesListed &= mark?.HasSingles == true;
        var listed = ListedIn(mark);
        foreach (var account in leases.Values)
        {
            account.IsListed &= listed.Contains(account.Lease);
        }
    }

    /// <summary>Takes note of what the committed mark lists.</summary>
    private void FollowLists(GrantMark? mark)
    {
        areSinglesListed = mark?.HasSingles == true;
        expectsSingles &= mark is not null;
        listedSingles.Clear();
        listedSingles.UnionWith(SinglesIn(mark));
        withdrawn.IntersectWith(listedSingles);
        var listed = ListedIn(mark);
        foreach (var account in leases.Values)
        {
            account.IsListed = listed.Contains(account.Lease);
        }
    }

    private static IEnumerable<ExecutionId> SinglesIn(GrantMark? mark) => mark is null ? [] : mark.Singles.Select(single => single.Execution);

    private static HashSet<LeaseId> ListedIn(GrantMark? mark) => mark is null ? [] : [.. mark.Leases.Select(share => share.Lease)];

    /// <summary>Takes a lease over whose holder has come back: what it used and keeps is not unknown any more.</summary>
    private void Recognize(LeaseAccount account, LeaseReport report, long now)
    {
        var executions = report.Kept.Executions - account.Report.Admitted;
        var time = Min(unclaimedComputeTime, Max(TimeSpan.Zero, (report.Kept.ComputeTime ?? report.ComputeTime) - account.Report.ComputeTime));
        unclaimed -= executions;
        unclaimedComputeTime -= time;
        changes++;
        used += new Tally(0, 0, 0, 0, 0, TimeSpan.Zero, -executions, -time);

        // Live again for as long as a lease that begins: what it keeps may be in use.
        Change(account, EndOf(now), static a => (a.IsSilent, a.HasLapsed, a.IsOver) = (false, false, false));
    }

    /// <summary>Ends the wait, and gives back what was never handed out, when nobody is left who may have something.</summary>
    private void ResolveIfAllAreKnown(long now)
    {
        if (isPartLost || silentUntil == long.MinValue || hadSingles || isUnlisted || silentSingles.Count > 0 || leases.Values.Any(static account => account.IsSilent))
        {
            return;
        }

        quietUntil = Math.Min(quietUntil, now);
        rateQuietUntil = Math.Min(rateQuietUntil, now + RateShares.Rest);
        silentUntil = long.MinValue;
        used += new Tally(0, 0, 0, 0, 0, TimeSpan.Zero, -unclaimed, -unclaimedComputeTime);
        (unclaimed, unclaimedComputeTime) = (0, TimeSpan.Zero);
        changes++;
    }

    /// <summary>
    /// Gives up those of whom nobody has heard in all the time that they had. What they may have used stays forfeited, and no mark lists it any
    /// more: a holder that comes back late takes its part of it back here, and from nobody who takes over.
    /// </summary>
    private void GiveUpUnknown(long now)
    {
        if (silentUntil > now || silentUntil == long.MinValue)
        {
            return;
        }

        foreach (var single in silentSingles.Keys)
        {
            used += Tally.OfEnd(ExecutionOutcome.Abandoned, TimeSpan.Zero);
            Remember(single, default);
            changes++;
        }

        silentSingles.Clear();
        (hasGivenUp, isPartLost) = (true, isPartLost || hadSingles || isUnlisted);
        (hadSingles, isUnlisted) = (false, false);
        if (!leases.Values.Any(static account => account.IsSilent))
        {
            (unclaimed, unclaimedComputeTime, silentUntil) = (0, TimeSpan.Zero, long.MinValue);
        }
    }

    /// <summary>Whether somebody may run single executions whom nobody here knows.</summary>
    private bool IsMissingSingles(long now) => silentSingles.Count > 0 || (hadSingles && now < silentUntil);

    /// <summary>
    /// Places that may be filled by executions that nobody here knows: no more than were debited and not reported. Of an activation that
    /// lists nothing all may be, until its leases are over.
    /// </summary>
    private long UnknownPlaces(long now) =>
        isUnlisted && now < quietUntil ? quotas.Concurrent ?? 0
        : now < silentUntil ? Math.Min(unclaimed, int.MaxValue)
        : 0;

    /// <summary>Executions that count as forfeited for now: those who may have them can still come back and say that they do not.</summary>
    private long UnknownExecutions(long now) => now < silentUntil ? unclaimed : 0;

    /// <inheritdoc cref="UnknownExecutions"/>
    private TimeSpan UnknownComputeTime(long now) => now < silentUntil ? unclaimedComputeTime : TimeSpan.Zero;
}

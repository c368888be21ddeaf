namespace Sessions.Client;

internal sealed partial class LocalLease
{
    // Under the lock.
    private bool arePlacesLimited;
    private bool isComputeLimited;
    private bool isRateLimited;
    private TimeSpan computeGranted;
    private long runningUntil = long.MaxValue;
    private TimeSpan grace;
    private long epoch;
    private long? sessionEnd;
    private TimeSpan duration = Assumed;
    private SessionError? lastRefusal;

    /// <summary>
    /// Takes an answer; false if nothing may be admitted by it. One that goes by an older report than the last, because a recall was
    /// answered meanwhile, brings time and no blocks: the session may have handed out already what was given back since.
    /// </summary>
    public bool Apply(in LeaseMessage message, LeaseReply reply)
    {
        lock (sync)
        {
            // An activation that was taken over may still answer what it was asked; what it says is of the past.
            var from = Math.Max(reply.Epoch, reply.Terms?.Epoch ?? 0);
            if (IsRetired || (from != 0 && from < epoch))
            {
                return false;
            }

            epoch = Math.Max(epoch, from);
            asked = asked == message.Report.Sequence ? 0 : asked;
            log.Acknowledge(reply.LogTaken);
            var isOld = (reply.Basis == 0 ? message.Report.Sequence : reply.Basis) < sequence;
            if (reply.Terms is { } granted)
            {
                grace = granted.RunGrace;
                if (isOld)
                {
                    Prolong(granted, message.SentAt);
                }
                else
                {
                    Accept(granted, message.SentAt);
                }
            }
            else if (reply.Refusal is { Code: SessionErrorCode.Unavailable })
            {
                // No word upon the lease. It goes on as it was, and what runs has its place.
                KeepRunning(message.SentAt, reply.RunningFor);
                return false;
            }
            else
            {
                Refused(reply, message.SentAt);
            }

            return !isOld;
        }
    }

    /// <summary>Takes the time of an answer, under the blocks that are held.</summary>
    private void Prolong(LeaseTerms granted, long sentAt)
    {
        if (!IsOpen)
        {
            KeepRunning(sentAt, granted.Duration);
            return;
        }

        var (end, kept) = (EndOf(granted, sentAt), terms!.Terms.Granted);
        runningUntil = RunsUntil(end);
        Volatile.Write(ref terms, new HeldTerms(this, granted with { Granted = kept }, era, end, sessionEnd, -1));
    }

    /// <summary>Lets what runs go on for longer; never shorter than it was told before.</summary>
    private void KeepRunning(long sentAt, TimeSpan runningFor)
    {
        if (runningFor > TimeSpan.Zero && runningUntil != long.MaxValue)
        {
            runningUntil = Math.Max(runningUntil, RunsUntil(sentAt + clock.Within(runningFor)));
        }
    }

    /// <summary>When nothing is admitted any more. Counts from before the question, by this process's clock.</summary>
    private long EndOf(LeaseTerms granted, long sentAt)
    {
        sessionEnd = granted.TimeLeft is { } timeLeft ? sentAt + clock.Within(timeLeft) : null;
        return Math.Min(sentAt + clock.Within(granted.Duration), sessionEnd ?? long.MaxValue);
    }

    /// <summary>When what runs is cancelled if nobody has answered until then.</summary>
    private long RunsUntil(long end) => Math.Min(end + (long)grace.TotalMilliseconds, sessionEnd ?? long.MaxValue);

    private void Accept(LeaseTerms granted, long sentAt)
    {
        var blocks = granted.Granted;
        var end = EndOf(granted, sentAt);
        (duration, runningUntil, lastRefusal, isComputeSpent) = (granted.Duration, RunsUntil(end), null, false);
        (arePlacesLimited, isRateLimited, isComputeLimited) =
            (blocks.Concurrent is not null, blocks.PerSecond is not null, blocks.ComputeTime is not null);
        computeGranted = blocks.ComputeTime ?? TimeSpan.Zero;
        rate = blocks.PerSecond is { } perSecond ? rate ?? new RateWindow(perSecond) : null;
        rate?.Limit = blocks.PerSecond!.Value;

        // A session that grants fewer places than run has not counted them; nothing is admitted until they have ended.
        var places = Math.Min(blocks.Concurrent ?? LeaseWord.UnlimitedPlaces, LeaseWord.UnlimitedPlaces);
        var isFull = RunningNow > places;
        var left = (int)Math.Clamp(blocks.Executions - AdmittedNow, 0, LeaseWord.MaxExecutions);
        var next = new HeldTerms(this, granted, era, end, sessionEnd, AskAheadAt(left));

        // The terms first: whoever sees the new word judges by them.
        Volatile.Write(ref terms, next);
        var opened = default(LeaseWord);
        var seen = Replace(seen => opened = isFull
            ? seen.Closed(0)
            : seen.Open(
                (int)Math.Clamp(blocks.Executions - (executionsTotal - seen.Executions), 0, LeaseWord.MaxExecutions),
                places - (placesTotal - seen.Places)));
        executionsTotal += opened.Executions - seen.Executions;
        placesTotal += opened.Places - seen.Places;
    }

    /// <summary>A quarter of a block left is the time to ask; small blocks are used up before an answer could come.</summary>
    private static int AskAheadAt(int left) => left >= 64 ? left / 4 : -1;

    private void Refused(LeaseReply reply, long sentAt)
    {
        Close();
        lastRefusal = reply.Refusal;
        if (reply.RunningFor > TimeSpan.Zero)
        {
            runningUntil = RunsUntil(sentAt + clock.Within(reply.RunningFor));

            // An end that was moved nearer is known from here only, and nobody calls back what runs in a session that stays open. That
            // the session was stopped is known from here only to a holder that the recall did not reach.
            if (reply.Refusal is { Code: SessionErrorCode.SessionExpired or SessionErrorCode.SessionNotActive })
            {
                Cancel(CancellationCauses.Of(reply.Refusal), reply.Refusal);
            }

            return;
        }

        // The session does not know this account: what runs has no place any more, and what comes needs another account.
        IsRetired = true;
        runningUntil = long.MaxValue;
        Cancel(CancellationCauses.Of(reply.Refusal), reply.Refusal);
    }
}

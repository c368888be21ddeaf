namespace Sessions.Client;

internal sealed partial class LocalLease
{
    // Under the lock.
    private bool arePlacesLimited;
    private bool isComputeLimited;
    private bool isRateLimited;
    private TimeSpan computeGranted;
    private long runningUntil = long.MaxValue;
    private long? sessionEnd;
    private TimeSpan duration = Assumed;
    private SessionError? lastRefusal;

    /// <summary>Takes an answer; false if it is void, because a later message has been sent since.</summary>
    public bool Apply(in LeaseMessage message, LeaseReply reply)
    {
        lock (sync)
        {
            if (IsRetired || message.Report.Sequence != sequence)
            {
                return false;
            }

            log.Acknowledge(reply.LogTaken);
            if (reply.Terms is { } granted)
            {
                Accept(granted, message.SentAt);
            }
            else
            {
                Refused(reply, message.SentAt);
            }

            return true;
        }
    }

    private void Accept(LeaseTerms granted, long sentAt)
    {
        var blocks = granted.Granted;
        sessionEnd = granted.TimeLeft is { } timeLeft ? sentAt + clock.Within(timeLeft) : null;
        var end = Math.Min(sentAt + clock.Within(granted.Duration), sessionEnd ?? long.MaxValue);
        (duration, runningUntil, lastRefusal, isComputeSpent) = (granted.Duration, end, null, false);
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
            runningUntil = sentAt + clock.Within(reply.RunningFor);

            // An end that was moved nearer is known from here only, and nobody calls back what runs in a session that stays open.
            if (reply.Refusal is { Code: SessionErrorCode.SessionExpired })
            {
                Cancel(CancellationCause.Expired, reply.Refusal);
            }

            return;
        }

        // The session does not know this account: what runs has no place any more, and what comes needs another account.
        IsRetired = true;
        runningUntil = long.MaxValue;
        Cancel(CancellationCauses.Of(reply.Refusal), reply.Refusal);
    }
}

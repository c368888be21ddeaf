namespace Sessions.Client;

/// <summary>
/// The account that a session keeps for this holder, and what is left in it. Admits and settles without a call: by one
/// compare-and-set of <see cref="LeaseWord"/> where only counts are limited, under a small lock where rate or compute time is.
/// </summary>
internal sealed partial class LocalLease
{
    private readonly HolderClock clock;
    private readonly HolderId holder;
    private readonly SessionGate gate;
    private readonly Lock sync = new();

    private long word = LeaseWord.Nothing.Bits;
    private HeldTerms? terms;
    private long lastUse;
    private long firstUse = long.MinValue;
    private long lastSettled = long.MinValue;

    // Sum of the durations of what has ended. Moved at once, never under the lock alone.
    private long settledTicks;

    // Under the lock, all of these.
    private readonly ComputeMeter compute = new();
    private readonly DemandMeter demand;
    private RateWindow? rate;
    private LeaseEra era = new();
    private long executionsTotal;
    private int placesTotal;
    private long failed;
    private long cancelled;
    private long abandoned;

    // Executions that the newest report counts as admitted; and how many of those it counts as cancelled never began.
    private long admittedReported;
    private long withdrawn;

    public LocalLease(SessionGate gate, HolderId holder, HolderClock clock)
    {
        (this.gate, this.holder, this.clock) = (gate, holder, clock);
        lastUse = clock.Milliseconds;
        demand = new DemandMeter(lastUse);
    }

    public LeaseId Id { get; } = LeaseId.New();

    public SessionGate Gate => gate;

    /// <summary>The terms that admissions go by while the lease is open, and went by last when it is not; null before the first.</summary>
    public HeldTerms? Terms => Volatile.Read(ref terms);

    /// <summary>Whether this account is over: it admits nothing any more, whatever comes.</summary>
    public bool IsRetired
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    }

    /// <summary>Whether anything may be admitted, should there be something left.</summary>
    public bool IsOpen => !Word.IsClosed;

    public int Running
    {
        get
        {
            lock (sync)
            {
                return RunningNow;
            }
        }
    }

    /// <summary>Executions admitted so far.</summary>
    public long Admitted
    {
        get
        {
            lock (sync)
            {
                return AdmittedNow;
            }
        }
    }

    private LeaseWord Word => new(Volatile.Read(ref word));

    private int RunningNow => placesTotal - Word.Places;

    private long AdmittedNow => executionsTotal - Word.Executions;

    /// <summary>Compute time used up to now, by what runs too.</summary>
    private long UsedTicks => Volatile.Read(ref settledTicks) + compute.UsedUntil(clock.Ticks);

    /// <summary>Replaces the word under the lock, against those that admit and settle meanwhile.</summary>
    private LeaseWord Replace(Func<LeaseWord, LeaseWord> next)
    {
        while (true)
        {
            var seen = Word;
            var replacement = next(seen);
            if (Interlocked.CompareExchange(ref word, replacement.Bits, seen.Bits) == seen.Bits)
            {
                return seen;
            }
        }
    }

    /// <summary>Admits nothing more, and keeps nothing but what was admitted and what runs.</summary>
    private void Close()
    {
        var seen = Replace(static seen => seen.Closed(0));
        executionsTotal -= seen.Executions;
        placesTotal -= seen.Places;

        // The session keeps the share from everybody for as long as what was started under it counts; so a new one begins anew.
        rate = null;

        // Never more than there was: what was cancelled for its compute time has run a little over it, and a report that claims to
        // keep more than was granted is refused.
        if (compute.Running == 0)
        {
            computeGranted = TimeSpan.FromTicks(Math.Min(computeGranted.Ticks, Volatile.Read(ref settledTicks)));
        }
    }
}

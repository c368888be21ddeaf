using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sessions.Client;

/// <summary>
/// Has all leases of one client, and one timer for them: renews ahead of need, gives back what lies idle, cancels what outlived
/// its lease and abandons what did not heed that.
/// </summary>
internal sealed partial class LeaseKeeper : IAsyncDisposable
{
    private const long LongestSleep = 250;
    private const long ShortestSleep = 10;
    private static readonly TimeSpan ReturnTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReturnBudget = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstReturnPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestReturnPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GatePatience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<SessionId, SessionGate> gates = new();
    private readonly ConcurrentDictionary<LeaseId, LocalLease> leases = new();
    private readonly SessionsClientOptions options;
    private readonly ILogger logger;
    private readonly Lock sync = new();
    private readonly ITimer timer;

    // Held by this field as long as the client lives: the runtime keeps only a weak reference to an observer.
    private readonly LeaseHolder holder;
    private ILeaseHolder? reference;
    private long armedFor = long.MaxValue;
    private int isSweeping;
    private bool isDisposed;

    /// <param name="grains">Where the grains come from.</param>
    /// <param name="options">The settings.</param>
    /// <param name="callTime">The clock by which answers are waited for.</param>
    /// <param name="time">The clock that sessions live by, and leases with them.</param>
    /// <param name="caller">Makes the calls that are repeated.</param>
    /// <param name="logger">Told of what went wrong.</param>
    public LeaseKeeper(
        IGrainSource grains, SessionsClientOptions options, TimeProvider callTime, TimeProvider time, Caller caller, ILogger logger)
    {
        (Grains, this.options, CallTime, Time, Caller, this.logger) = (grains, options, callTime, time, caller, logger);
        Clock = new HolderClock(time);
        holder = new LeaseHolder(this);

        // Whoever asks first must not lend its context to every sweep for ever.
        using (ExecutionContext.SuppressFlow())
        {
            timer = time.CreateTimer(static state => ((LeaseKeeper)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public IGrainSource Grains { get; }

    /// <summary>The clock that sessions live by, and leases with them.</summary>
    public TimeProvider Time { get; }

    /// <summary>The clock by which answers are waited for.</summary>
    public TimeProvider CallTime { get; }

    public Caller Caller { get; }

    public HolderClock Clock { get; }

    /// <summary>Names this client to sessions.</summary>
    public HolderId Holder { get; } = HolderId.New();

    /// <summary>The client as sessions call it.</summary>
    public ILeaseHolder Reference => reference ??= Grains.Reference(holder);

    /// <summary>A message that has not been answered by then is asked again: leases are short.</summary>
    public TimeSpan AnswerTimeout => options.ResponseTimeout < TimeSpan.FromSeconds(3) ? options.ResponseTimeout : TimeSpan.FromSeconds(3);

    /// <summary>How many accounts there are.</summary>
    public int Count => leases.Count;

    /// <summary>Whether a message about a lease is under way. Only tests that move the clock step by step want to know.</summary>
    public bool IsAsking => gates.Any(static gate => gate.Value.IsAsking);

    /// <summary>Whether time has to pass in steps shorter than a lease, because executions or their leases would be lost otherwise.</summary>
    public bool HoldsLeases => leases.Any(static lease => !lease.Value.IsRetired);

    /// <summary>The one gate of a session.</summary>
    public SessionGate Gate(SessionId id)
    {
        ObjectDisposedException.ThrowIf(isDisposed, typeof(SessionsClient));
        while (true)
        {
            var gate = gates.GetOrAdd(id, static (id, keeper) => new SessionGate(keeper, id), this);
            if (!gate.IsDetached)
            {
                return gate;
            }

            gates.TryRemove(KeyValuePair.Create(id, gate));
        }
    }

    /// <summary>The gate of a session if there is one.</summary>
    public SessionGate? FindGate(SessionId id) => gates.GetValueOrDefault(id);

    /// <summary>A new account, known from here on.</summary>
    public LocalLease Open(SessionGate gate)
    {
        ObjectDisposedException.ThrowIf(isDisposed, typeof(SessionsClient));
        var lease = new LocalLease(gate, Holder, Clock);
        leases[lease.Id] = lease;
        return lease;
    }

    /// <summary>The account of this name, if it is this session's.</summary>
    public LocalLease? Find(SessionId session, LeaseId id) =>
        leases.TryGetValue(id, out var lease) && lease.Gate.SessionId == session ? lease : null;

    /// <summary>Whom to tell what sessions have told this client.</summary>
    public Action<SessionSnapshot>? Told { get; set; }

    /// <summary>Keeps what a session, or an answer, says of it, if that is newer.</summary>
    public void See(SessionSnapshot snapshot)
    {
        FindGate(snapshot.Id)?.See(snapshot);
        Told?.Invoke(snapshot);
    }

    /// <summary>Sees to it that the timer runs.</summary>
    public void Watch()
    {
        if (Volatile.Read(ref armedFor) == long.MaxValue)
        {
            WatchUntil(Clock.Milliseconds + LongestSleep);
        }
    }

    /// <summary>Sees to it that the leases are looked at by then. Any moment will do: called after an admission, it must not throw.</summary>
    public void WatchUntil(long at)
    {
        if (at >= Volatile.Read(ref armedFor))
        {
            return;
        }

        lock (sync)
        {
            if (at >= armedFor || isDisposed)
            {
                return;
            }

            // Each round looks for the next moment anyway, and a timer refuses to sleep for longer than 49 days.
            var now = Clock.Milliseconds;
            var sleep = at <= now ? 1 : Math.Min(at - now, LongestSleep);
            armedFor = now + sleep;
            timer.Change(TimeSpan.FromMilliseconds(sleep), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Gives the account back in the background if nobody uses it.</summary>
    public void GiveBack(SessionId id)
    {
        if (FindGate(id) is { Lease: { } lease } gate)
        {
            TryGiveBack(gate, lease);
        }
    }

    public void OnNotAsked(SessionId id, Exception fault)
    {
        if (!isDisposed)
        {
            LogNotAsked(id, fault.Message);
        }
    }

    public void OnNotSettled(SessionId id, Exception fault) => LogNotSettled(id, fault.Message);

    /// <summary>Admits nothing more and tells nobody: the sessions count what is left as used when the leases have run out.</summary>
    public void Stop()
    {
        lock (sync)
        {
            isDisposed = true;
            timer.Dispose();
        }

        foreach (var lease in leases.Values)
        {
            lease.Leave();
        }
    }

    /// <summary>Gives all leases back, as far as that can be done within two seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (sync)
        {
            isDisposed = true;
            timer.Dispose();
        }

        var returns = leases.Values.Select(lease => ReturnAsync(lease, lease.Leave())).ToArray();
        if (returns.Length == 0)
        {
            return;
        }

        try
        {
            await Task.WhenAll(returns).WaitAsync(ReturnTimeout, CallTime);
        }
        catch (TimeoutException)
        {
            LogNotReturned(leases.Count);
        }
    }

    private void Sweep()
    {
        lock (sync)
        {
            armedFor = long.MaxValue;
        }

        if (Interlocked.Exchange(ref isSweeping, 1) != 0)
        {
            WatchUntil(Clock.Milliseconds + ShortestSleep);
            return;
        }

        try
        {
            var now = Clock.Milliseconds;
            var next = now + LongestSleep;
            foreach (var (_, lease) in leases)
            {
                next = Math.Min(next, Sweep(lease, now));
            }

            foreach (var (id, gate) in gates)
            {
                if (gate.Lease is null && gate.TryDetach(now - (long)GatePatience.TotalMilliseconds))
                {
                    gates.TryRemove(KeyValuePair.Create(id, gate));
                }
            }

            if (!gates.IsEmpty || !leases.IsEmpty)
            {
                WatchUntil(Math.Max(next, now + ShortestSleep));
            }
        }
        finally
        {
            Volatile.Write(ref isSweeping, 0);
        }
    }

    private long Sweep(LocalLease lease, long now)
    {
        var due = lease.Sweep(now);
        switch (due.Act)
        {
            case LeaseAct.Renew:
                lease.Gate.AskAhead();
                break;
            case LeaseAct.GiveBack:
                TryGiveBack(lease.Gate, lease);
                break;
            case LeaseAct.Forget when lease.Gate.Lease != lease:
                leases.TryRemove(lease.Id, out _);
                break;
        }

        return due.Next;
    }

    private void TryGiveBack(SessionGate gate, LocalLease lease)
    {
        if (gate.GiveBack(lease) is { } report)
        {
            gates.TryRemove(KeyValuePair.Create(gate.SessionId, gate));

            // On the pool: a sweep has no time for calls, and a caller's grain no place for them.
            _ = Task.Run(() => ReturnAsync(lease, report));
        }
    }

    private async Task ReturnAsync(LocalLease lease, LeaseReport report)
    {
        // The session takes back by itself what was granted, but only this report says what was used: so it is sent until it is taken.
        var started = CallTime.GetTimestamp();
        var backoff = new Backoff(FirstReturnPause, LongestReturnPause);
        while (await TryReturnAsync(lease.Gate.SessionId, report) is { } fault)
        {
            if (isDisposed || CallTime.GetElapsedTime(started) > ReturnBudget)
            {
                LogNotReported(lease.Gate.SessionId, fault);
                break;
            }

            await Task.Delay(backoff.Next(), CallTime);
        }

        leases.TryRemove(lease.Id, out _);
    }

    /// <summary>Sends a last report; null if that is settled, else what went wrong and may go better later.</summary>
    private async Task<string?> TryReturnAsync(SessionId id, LeaseReport report)
    {
        try
        {
            var lost = Caller.Lost;
            var refusal = await Caller.AnswerAsync(Grains.Session(id).Report(report).AsTask(), options.ResponseTimeout, CallTime, lost);
            if (refusal is { Code: SessionErrorCode.Unavailable })
            {
                return refusal.Message;
            }

            if (refusal is not null)
            {
                LogReportRefused(id, refusal.Message);
            }

            return null;
        }
        catch (Exception fault)
        {
            return fault.Message;
        }
    }
}

using System.Runtime.CompilerServices;

namespace Sessions.Client;

/// <summary>
/// The one way in to a session for everybody in this client. While its lease has something left, admission makes no call. When it
/// has not, one message asks for all who wait; nobody is refused before the session has been asked after they came.
/// </summary>
internal sealed class SessionGate : IThreadPoolWorkItem
{
    // What is granted for one who waits may be taken by one who comes later, so that it has to be asked for again; but not for ever.
    private const int Rounds = 32;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private readonly LeaseKeeper keeper;
    private readonly Lock sync = new();
    private LocalLease? lease;
    private SessionSnapshot? newest;
    private ISessionGrain? grain;
    private long seenVersion;
    private int isQueued;

    // Under the lock.
    private TaskCompletionSource<LeaseAnswer>? pending;
    private bool isSent;
    private long sent;
    private int waiters;
    private long lastEntered;

    public SessionGate(LeaseKeeper keeper, SessionId sessionId) =>
        (this.keeper, SessionId, lastEntered) = (keeper, sessionId, keeper.Clock.Milliseconds);

    public SessionId SessionId { get; }

    /// <summary>The account at the session; null while there is none.</summary>
    public LocalLease? Lease => Volatile.Read(ref lease);

    /// <summary>The newest snapshot that the session has sent by itself; null if it has sent none.</summary>
    public SessionSnapshot? Newest => Volatile.Read(ref newest);

    /// <summary>Whether the keeper has let go of this gate; whoever still has it takes a new one.</summary>
    public bool IsDetached { get; private set; }

    /// <summary>Whether a message is under way, or about to be.</summary>
    public bool IsAsking
    {
        get
        {
            lock (sync)
            {
                return pending is not null || Volatile.Read(ref isQueued) != 0;
            }
        }
    }

    /// <summary>The highest version that this gate knows of.</summary>
    public long SeenVersion => Math.Max(Volatile.Read(ref seenVersion), Newest?.Version ?? 0);

    /// <summary>How many wait for something to be granted. Read without the lock: a lease asks under its own.</summary>
    public int Waiters => Volatile.Read(ref waiters);

    private ISessionGrain Grain => grain ??= keeper.Grains.Session(SessionId);

    /// <inheritdoc cref="LocalLease.TryAdmit"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdmit(FunctionName function, SessionPermissions needed, int depth, bool precise, out Execution execution)
    {
        if (Volatile.Read(ref lease) is { } held)
        {
            return held.TryAdmit(function, needed, depth, precise, out execution);
        }

        execution = default;
        return false;
    }

    /// <summary>Begins to wait here; false if this gate is detached.</summary>
    public bool TryEnter()
    {
        lock (sync)
        {
            if (IsDetached)
            {
                return false;
            }

            waiters++;
            lastEntered = keeper.Clock.Milliseconds;
        }

        keeper.Watch();
        return true;
    }

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    public void Leave()
    {
        lock (sync)
        {
            waiters--;
        }
    }

    /// <summary>Admits, asking the session as often as that helps. Only between <see cref="TryEnter"/> and <see cref="Leave"/>.</summary>
    public async ValueTask<Execution> AdmitAsync(AdmissionRequest request, bool precise, CancellationToken cancellationToken)
    {
        var needed = AdmissionRules.Needed(request);
        var arrived = Sent;
        var backoff = new Backoff(FirstPause, LongestPause);
        for (var round = 0; round < Rounds; round++)
        {
            if (TryAdmit(request.Function, needed, request.Depth, precise, out var execution))
            {
                return execution;
            }

            var answer = await keeper.Caller.CallAsync(
                new CallSubject("Lease", SessionId), () => new ValueTask<LeaseAnswer>(Join()), static answer => answer.Unavailable, cancellationToken);
            if (TryAdmit(request.Function, needed, request.Depth, precise, out execution))
            {
                return execution;
            }

            // An answer to a message that was sent before this caller came may be older than what the caller relies upon.
            if (answer.Number > arrived && RefusalOf(request, answer) is { } refusal)
            {
                throw SessionException.From(refusal);
            }

            if (round >= Rounds / 4)
            {
                // Several clients may take from each other what is granted before it has arrived.
                await Task.Delay(backoff.Next(), keeper.CallTime, cancellationToken);
            }
        }

        throw SessionException.From(new SessionError
        {
            Code = SessionErrorCode.Unavailable,
            NothingChanged = true,
            SessionId = SessionId,
            Message = $"The session answered {Rounds} times without granting enough for all who wait here; try again.",
        });
    }

    /// <summary>Asks without waiting for the answer. Cheap, and safe to call under any lock.</summary>
    public void AskAhead()
    {
        // On the pool, never where the caller is: a call that began on a grain's scheduler would end there, and all who share it
        // would wait for that grain.
        if (Interlocked.Exchange(ref isQueued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Sees to it that somebody looks at the lease by then.</summary>
    public void WatchUntil(long at) => keeper.WatchUntil(at);

    /// <summary>Keeps a snapshot if it is newer than the one there is.</summary>
    public void See(SessionSnapshot snapshot)
    {
        while (Newest is var seen && (seen is null || seen.Version < snapshot.Version))
        {
            if (Interlocked.CompareExchange(ref newest, snapshot, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>Closes the account and lets go of the gate if nobody waits and nothing runs; the last report, or null.</summary>
    public LeaseReport? GiveBack(LocalLease idle)
    {
        lock (sync)
        {
            if (waiters > 0 || pending is not null || idle.Retire() is not { } report)
            {
                return null;
            }

            if (lease == idle)
            {
                Volatile.Write(ref lease, null);
                IsDetached = true;
            }

            return report;
        }
    }

    /// <summary>Lets go of a gate that has no account and that nobody has used since <paramref name="since"/>; false if it cannot.</summary>
    public bool TryDetach(long since)
    {
        lock (sync)
        {
            return IsDetached || (IsDetached = waiters == 0 && pending is null && lease is null && lastEntered < since);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        TaskCompletionSource<LeaseAnswer> answer;
        long number;
        lock (sync)
        {
            Volatile.Write(ref isQueued, 0);
            if (isSent || IsDetached)
            {
                return;
            }

            (answer, isSent, number) = (pending ??= NewAnswer(), true, ++sent);
        }

        _ = ExchangeAsync(answer, number);
    }

    private long Sent
    {
        get
        {
            lock (sync)
            {
                return sent;
            }
        }
    }

    /// <summary>Why an answer lets nothing be admitted; null if it does not say.</summary>
    private SessionError? RefusalOf(AdmissionRequest request, LeaseAnswer answer)
    {
        if (!answer.IsVoid)
        {
            return answer.Refusal ?? Lease?.Refuse(request, answer.Shortage);
        }

        // What it grants came too late; what it has looked for in vain was used up all the same.
        return answer.Shortage is { } shortage && Lease is { IsOpen: true } open ? open.Refuse(request, shortage) : null;
    }

    private static TaskCompletionSource<LeaseAnswer> NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<LeaseAnswer> Join()
    {
        lock (sync)
        {
            if (pending is { } underWay)
            {
                return underWay.Task;
            }

            pending = NewAnswer();
            AskAhead();
            return pending.Task;
        }
    }

    private async Task ExchangeAsync(TaskCompletionSource<LeaseAnswer> answer, long number)
    {
        LeaseAnswer? result = null;
        Exception? failure = null;
        try
        {
            result = await AskAsync(number);
        }
        catch (Exception fault)
        {
            failure = fault;
        }

        lock (sync)
        {
            (pending, isSent) = (null, false);
        }

        if (result is not null)
        {
            answer.SetResult(result);
            return;
        }

        keeper.OnNotAsked(SessionId, failure!);
        answer.SetException(failure!);
        _ = answer.Task.Exception; // Nobody may be waiting, and that is no fault.
    }

    private async Task<LeaseAnswer> AskAsync(long number)
    {
        var account = OpenAccount();
        var message = account.NextRequest(Waiters);
        var request = new LeaseRequest
        {
            Report = message.Report,
            Demand = message.Demand,
            Holder = keeper.Reference,
            SeenVersion = SeenVersion,
        };
        var lost = keeper.Caller.Lost;
        var reply = await Caller.AnswerAsync(Grain.Lease(request).AsTask(), keeper.AnswerTimeout, keeper.CallTime, lost);
        if (reply.Terms is { } terms && terms.Version > Volatile.Read(ref seenVersion))
        {
            Volatile.Write(ref seenVersion, terms.Version);
        }

        var isTaken = account.Apply(message, reply);
        if (account.IsRetired)
        {
            Interlocked.CompareExchange(ref lease, null, account);
        }

        return new LeaseAnswer(number, reply, !isTaken);
    }

    private LocalLease OpenAccount()
    {
        if (Lease is { IsRetired: false } open)
        {
            return open;
        }

        // Known to the keeper before the session can know it, so that no recall finds a stranger.
        var account = keeper.Open(this);
        Volatile.Write(ref lease, account);
        return account;
    }
}

using Sessions.Client;

namespace Sessions.Cli.Replay;

/// <summary>How far a replay is; written by all callers, read while they run.</summary>
internal sealed class ReplayProgress
{
    private long requested;
    private long created;
    private long activated;
    private long closed;
    private long failed;
    private long givenUp;

    public long Requested => Interlocked.Read(ref requested);

    public long Created => Interlocked.Read(ref created);

    public long Activated => Interlocked.Read(ref activated);

    public long Closed => Interlocked.Read(ref closed);

    /// <summary>Sessions whose provisioner failed.</summary>
    public long Failed => Interlocked.Read(ref failed);

    /// <summary>Sessions that were not driven on because a call was refused or had no answer.</summary>
    public long GivenUp => Interlocked.Read(ref givenUp);

    public void OnDone(SessionVerb verb)
    {
        switch (verb)
        {
            case SessionVerb.Request:
                Interlocked.Increment(ref requested);
                break;
            case SessionVerb.Create:
                Interlocked.Increment(ref created);
                break;
            case SessionVerb.Activate:
                Interlocked.Increment(ref activated);
                break;
            case SessionVerb.Close:
                Interlocked.Increment(ref closed);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(verb), verb, "A replay does not do this.");
        }
    }

    public void OnFailed() => Interlocked.Increment(ref failed);

    public void OnGivenUp() => Interlocked.Increment(ref givenUp);
}

/// <summary>Drives a workload's sessions through their lives: requested, created and activated at their start, closed at their end.</summary>
internal sealed class ReplayDriver(SessionsClient client, SessionNamespace root, TimeProvider time)
{
    // A replay of weeks takes minutes, but on a slow cluster it may take hours; no session is to expire in it.
    private static readonly SessionOverrides Overrides = new() { MaxDuration = TimeSpan.FromDays(7) };

    // Each has used up the client's whole retry budget, so that this many in a row are no hiccup.
    private const int MostUnanswered = 8;

    private readonly Lock gate = new();
    private readonly SortedDictionary<SessionErrorCode, long> refusals = [];
    private readonly List<string> samples = [];
    private int unansweredInARow;
    private UnavailableException? lost;

    public ReplayProgress Progress { get; } = new();

    /// <summary>What was refused or had no answer, by code.</summary>
    public IReadOnlyDictionary<SessionErrorCode, long> Refusals => refusals;

    /// <summary>The first messages of these.</summary>
    public IReadOnlyList<string> RefusalSamples => samples;

    /// <summary>Runs all steps with so many callers and gives how long the calls took.</summary>
    /// <exception cref="UnavailableException">The cluster stopped answering at all; what is left was not tried.</exception>
    public async Task<Latencies[]> RunAsync(IReadOnlyList<WorkloadSession> sessions, int callers, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Timeline.Deal(sessions, callers)
            .Select(steps => Task.Run(() => RunCallerAsync(sessions, steps, Math.Min(callers, MostUnanswered), stop), stop.Token));
        try
        {
            return await Task.WhenAll(running);
        }
        catch (OperationCanceledException) when (lost is not null)
        {
            throw lost;
        }
    }

    private async Task<Latencies> RunCallerAsync(
        IReadOnlyList<WorkloadSession> sessions, IReadOnlyList<TimelineStep> steps, int mostUnanswered, CancellationTokenSource stop)
    {
        var cancellationToken = stop.Token;
        var latencies = new Latencies();
        var live = new Dictionary<int, SessionHandle>();
        foreach (var step in steps)
        {
            try
            {
                if (step.Opens)
                {
                    live[step.Session] = await OpenAsync(sessions[step.Session], latencies, cancellationToken);
                }
                else if (live.Remove(step.Session, out var handle))
                {
                    await TimedAsync(SessionVerb.Close, latencies, () => handle.CloseAsync(cancellationToken: cancellationToken));
                }
            }
            catch (SessionException refusal)
            {
                OnRefused(refusal);
                if (refusal is UnavailableException unanswered && Interlocked.Increment(ref unansweredInARow) >= mostUnanswered)
                {
                    Interlocked.CompareExchange(ref lost, unanswered, null);
                    await stop.CancelAsync();
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }

        return latencies;
    }

    private async Task<SessionHandle> OpenAsync(WorkloadSession session, Latencies latencies, CancellationToken cancellationToken)
    {
        var options = new RequestSessionOptions
        {
            Namespace = SessionNamespace.Parse($"{root}/{session.Segment}"),
            Creator = session.Owner,
            Overrides = Overrides,
            Deadline = TimeSpan.FromMinutes(10),
        };
        var handle = await TimedAsync(SessionVerb.Request, latencies, () => client.RequestAsync(options, cancellationToken));
        await TimedAsync(SessionVerb.Create, latencies, () => handle.CreateAsync(cancellationToken: cancellationToken));
        await TimedAsync(SessionVerb.Activate, latencies, () => handle.ActivateAsync(cancellationToken: cancellationToken));
        return handle;
    }

    private async Task<T> TimedAsync<T>(SessionVerb verb, Latencies latencies, Func<Task<T>> call)
    {
        var started = time.GetTimestamp();
        var answer = await call();
        latencies.Add(verb, time.GetElapsedTime(started));
        Interlocked.Exchange(ref unansweredInARow, 0);
        Progress.OnDone(verb);
        return answer;
    }

    private void OnRefused(SessionException refusal)
    {
        if (refusal is CreationFailedException or ActivationFailedException)
        {
            Progress.OnFailed();
        }
        else
        {
            Progress.OnGivenUp();
        }

        lock (gate)
        {
            refusals[refusal.Code] = refusals.GetValueOrDefault(refusal.Code) + 1;
            if (samples.Count < 5)
            {
                samples.Add($"{refusal.Code}: {refusal.Message}");
            }
        }
    }
}

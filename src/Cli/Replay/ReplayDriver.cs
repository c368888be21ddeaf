using Sessions.Cli.Commands;
using Sessions.Client;

namespace Sessions.Cli.Replay;

/// <summary>
/// Drives a workload's sessions through their lives: requested, created and activated at their start, executing what was recorded,
/// closed at their end.
/// </summary>
internal sealed class ReplayDriver
{
    // A replay of weeks takes minutes, but on a slow cluster it may take hours; no session is to expire in it.
    private static readonly SessionOverrides Overrides = new() { MaxDuration = TimeSpan.FromDays(7) };

    // Each has used up the client's whole retry budget, so that this many in a row are no hiccup.
    private const int MostUnanswered = 8;

    private readonly SessionsClient client;
    private readonly SessionNamespace root;
    private readonly TimeProvider time;
    private readonly ExecutionReplay executions;
    private readonly Lock gate = new();
    private readonly SortedDictionary<(SessionErrorCode Code, string? Dimension), long> refusedExecutions = [];
    private readonly SortedDictionary<SessionErrorCode, long> refusals = [];
    private readonly List<string> samples = [];
    private int unansweredInARow;
    private UnavailableException? lost;

    public ReplayDriver(SessionsClient client, SessionNamespace root, FunctionName nested, TimeProvider time)
    {
        (this.client, this.root, this.time) = (client, root, time);
        executions = new ExecutionReplay(nested, Progress.Executions, OnExecutionRefused, time);
    }

    public ReplayProgress Progress { get; } = new();

    /// <summary>What the sessions themselves say that they have used, summed over those that were closed.</summary>
    public ExecutionCounts Used { get; private set; } = ExecutionCounts.None;

    /// <summary>The sum of the durations that they say.</summary>
    public TimeSpan ComputeTime { get; private set; }

    /// <summary>Executions that were not admitted, by code and, where it is a quota, its dimension.</summary>
    public IReadOnlyDictionary<(SessionErrorCode Code, string? Dimension), long> RefusedExecutions => refusedExecutions;

    /// <summary>Commands that were refused or had no answer, by code.</summary>
    public IReadOnlyDictionary<SessionErrorCode, long> Refusals => refusals;

    /// <summary>The first messages of both.</summary>
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
                if (step.Act == TimelineAct.Open)
                {
                    live[step.Session] = await OpenAsync(sessions[step.Session], latencies, cancellationToken);
                }
                else if (step.Act == TimelineAct.Execute && live.TryGetValue(step.Session, out var running))
                {
                    await executions.RunAsync(running, sessions[step.Session].Executions[step.Execution], latencies, cancellationToken);
                    Interlocked.Exchange(ref unansweredInARow, 0);
                }
                else if (step.Act == TimelineAct.Close && live.Remove(step.Session, out var ending))
                {
                    OnClosed(await TimedAsync(ReplayCall.Close, latencies, () => ending.CloseAsync(cancellationToken: cancellationToken)));
                }
            }
            catch (SessionException refusal)
            {
                if (step.Act == TimelineAct.Execute)
                {
                    OnExecutionRefused(refusal);
                }
                else
                {
                    OnRefused(refusal);
                }

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
        var handle = await TimedAsync(ReplayCall.Request, latencies, () => client.RequestAsync(options, cancellationToken));
        await TimedAsync(ReplayCall.Create, latencies, () => handle.CreateAsync(cancellationToken: cancellationToken));
        await TimedAsync(ReplayCall.Activate, latencies, () => handle.ActivateAsync(cancellationToken: cancellationToken));
        return handle;
    }

    private async Task<T> TimedAsync<T>(ReplayCall call, Latencies latencies, Func<Task<T>> ask)
    {
        var started = time.GetTimestamp();
        var answer = await ask();
        latencies.Add(call, time.GetElapsedTime(started));
        Interlocked.Exchange(ref unansweredInARow, 0);
        Progress.OnDone(call);
        return answer;
    }

    private void OnClosed(SessionSnapshot session)
    {
        lock (gate)
        {
            Used += ExecutionCounts.Of(session.Usage);
            ComputeTime += session.Usage.ComputeTime;
        }
    }

    private void OnExecutionRefused(SessionException refusal)
    {
        lock (gate)
        {
            var key = (refusal.Code, refusal.Error.Dimension);
            refusedExecutions[key] = refusedExecutions.GetValueOrDefault(key) + 1;
            Sample(refusal);
        }
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
            Sample(refusal);
        }
    }

    private void Sample(SessionException refusal)
    {
        if (samples.Count < 5)
        {
            samples.Add($"{refusal.Code}: {refusal.Message}");
        }
    }
}

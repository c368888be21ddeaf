namespace Sessions.Client;

/// <summary>One execution that the session admits by a call of its own, and is asked to let run on until it is settled by another.</summary>
internal sealed class StrictExecution : IGrant
{
    private const long PauseInGrace = 500;
    private const long LongestSleep = 3_600_000;

    private readonly SessionHandle handle;
    private readonly ExecutionRequest request;
    private readonly AdmissionDecision decision;
    private readonly HolderClock clock;
    private readonly long sentAt;
    private readonly long startedAt;
    private readonly Lock sync = new();
    private SessionContext? context;
    private ITimer? timer;
    private long deadline;
    private long epoch;
    private long grace;
    private bool endsWithComputeTime;
    private bool hasEnded;

    private StrictExecution(SessionHandle handle, ExecutionRequest request, ExecutionReply reply, long sentAt, long deadline)
    {
        (this.handle, this.request, this.sentAt, this.deadline) = (handle, request, sentAt, deadline);
        epoch = reply.Epoch;
        (decision, Epoch, clock) = (reply.Decision, reply.Epoch, handle.Keeper.Clock);
        (endsWithComputeTime, grace) = (EndsWithComputeTime(reply), (long)reply.RunGrace.TotalMilliseconds);
        startedAt = clock.Ticks;
    }

    public long Epoch { get; }

    public SessionPermissions Permissions => decision.Permissions;

    public QuotaMargins Left => decision.Left;

    public TimeSpan? TimeLeft => decision.TimeLeft - TimeSpan.FromMilliseconds(clock.Milliseconds - sentAt) is { } left
        ? left > TimeSpan.Zero ? left : TimeSpan.Zero
        : null;

    /// <summary>Has the session admit an execution, under another id where one was admitted whose answer came too late to run it.</summary>
    public static async ValueTask<StrictExecution> BeginAsync(
        SessionHandle handle, AdmissionRequest admission, TimeSpan? runFor, CancellationToken cancellationToken)
    {
        Preflight.Check(handle.Id, admission, runFor);
        var clock = handle.Keeper.Clock;
        var end = clock.Milliseconds + (long)handle.Keeper.Caller.RetryBudget.TotalMilliseconds;
        while (true)
        {
            var (begun, late) = await TryBeginAsync(handle, admission, runFor, cancellationToken);
            if (begun is not null)
            {
                return begun;
            }

            if (clock.Milliseconds >= end)
            {
                throw SessionException.From(late!);
            }
        }
    }

    /// <returns>The execution; or why it was admitted in vain, and has to be admitted under another id.</returns>
    private static async ValueTask<(StrictExecution? Begun, SessionError? Late)> TryBeginAsync(
        SessionHandle handle, AdmissionRequest admission, TimeSpan? runFor, CancellationToken cancellationToken)
    {
        var keeper = handle.Keeper;
        var request = new ExecutionRequest
        {
            Execution = ExecutionId.New(),
            Holder = keeper.Holder,
            Admission = admission,
            RunFor = runFor,
            SeenVersion = handle.LastSeenVersion,
        };

        // Of the attempt that is answered: asked again, the session says how much is left since it admitted the execution.
        var sentAt = 0L;
        var attempts = 0;
        ExecutionReply reply;
        try
        {
            reply = await keeper.Caller.CallAsync(
                new CallSubject("Begin", handle.Id),
                () =>
                {
                    attempts++;
                    sentAt = keeper.Clock.Milliseconds;
                    return handle.Grain.Begin(request);
                },
                static reply => reply.Decision.Refusal,
                cancellationToken);
        }
        catch (CommandConflictException)
        {
            // Nobody else knows the id: an earlier attempt was admitted, its answer was lost, and the session has ended the execution since.
            return (null, CameTooLate(handle));
        }
        catch (Exception fault) when (attempts > 1 || fault is OperationCanceledException || CallFaults.KindOf(fault) != FaultKind.Final)
        {
            // An attempt whose answer is not known may have been admitted; a refusal of the last attempt says nothing of the ones before.
            _ = ReturnAsync(handle, request);
            throw;
        }

        var startWithin = reply.Decision.TimeLeft is { } left && left < reply.StartWithin ? left : reply.StartWithin;
        if (keeper.Clock.Milliseconds < sentAt + keeper.Clock.Within(startWithin))
        {
            return (new StrictExecution(handle, request, reply, sentAt, sentAt + keeper.Clock.Within(reply.RunFor)), null);
        }

        // Before another is asked for, which may want the place that this one has.
        await ReturnAsync(handle, request).WaitAsync(cancellationToken);
        return (null, CameTooLate(handle));
    }

    private static SessionError CameTooLate(SessionHandle handle) => new()
    {
        Code = SessionErrorCode.Unavailable,
        NothingChanged = true,
        SessionId = handle.Id,
        Message = "The session admitted the execution, but its answer came too late to run it; try again.",
    };

    /// <summary>From now on asks for more time before it runs out, and cancels the context when there is none.</summary>
    public void Watch(SessionContext running)
    {
        running.Begin(this);
        using (ExecutionContext.SuppressFlow())
        {
            lock (sync)
            {
                context = running;
                timer = handle.Keeper.Time.CreateTimer(
                    static state => _ = ((StrictExecution)state!).ExtendAsync(), this, UntilNextQuestion(), Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Reports the end. Never throws: what the work did is done, and the session ends by itself what nobody settles.</summary>
    public ValueTask SettleAsync(ExecutionOutcome outcome)
    {
        lock (sync)
        {
            hasEnded = true;
            timer?.Dispose();
        }

        return SettleAsync(handle, new ExecutionSettlement
        {
            Execution = request.Execution,
            Holder = request.Holder,
            Outcome = outcome,
            Duration = TimeSpan.FromTicks(Math.Max(0, clock.Ticks - startedAt)),
            Admission = request.Admission,
        });
    }

    /// <summary>Takes back what may have been admitted and does not run. On the pool: whoever does not wait for it may be gone before it is done.</summary>
    private static Task ReturnAsync(SessionHandle handle, ExecutionRequest request) => Task.Run(
        () => SettleAsync(handle, new ExecutionSettlement
        {
            Execution = request.Execution,
            Holder = request.Holder,
            Outcome = ExecutionOutcome.Cancelled,
            NeverBegan = true,
        }).AsTask());

    private static async ValueTask SettleAsync(SessionHandle handle, ExecutionSettlement settlement)
    {
        try
        {
            await handle.Keeper.Caller.CallAsync(
                new CallSubject("Settle", handle.Id), () => handle.Grain.Settle(settlement), static refusal => refusal, CancellationToken.None);
        }
        catch (ExecutionNotFoundException)
        {
            // An earlier attempt was taken after all, or the session has ended it by itself.
        }
        catch (Exception fault)
        {
            handle.Keeper.OnNotSettled(handle.Id, fault);
        }
    }

    /// <summary>Whether it is let run for all the compute time that there is, so that nothing follows. Sessions count in milliseconds.</summary>
    private static bool EndsWithComputeTime(ExecutionReply reply) =>
        reply.Decision.Left.ComputeTime <= reply.RunFor + TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// At half of what is left of its time; after that it looks for somebody who answers until its grace is over. Bounded, because a timer
    /// refuses to sleep for longer than 49 days.
    /// </summary>
    private TimeSpan UntilNextQuestion()
    {
        var left = deadline - clock.Milliseconds;
        return TimeSpan.FromMilliseconds(Math.Clamp(left > 0 ? left / 2 : Math.Min(PauseInGrace, left + grace), 1, LongestSleep));
    }

    private async Task ExtendAsync()
    {
        var asked = clock.Milliseconds;
        if (deadline + grace - asked <= 0)
        {
            var cause = endsWithComputeTime ? CancellationCause.ComputeTime : CancellationCause.LeaseLost;
            context!.Cancel(cause, CancellationCauses.Explain(cause, handle.Id, null));
            return;
        }

        try
        {
            var question = request with { Epoch = epoch, Elapsed = TimeSpan.FromTicks(Math.Max(0, clock.Ticks - startedAt)) };
            var lost = handle.Keeper.Caller.Lost;
            var reply = await Caller.AnswerAsync(handle.Grain.Extend(question).AsTask(), UntilNextQuestion(), handle.Keeper.Time, lost);
            epoch = Math.Max(epoch, reply.Epoch);
            if (reply.Decision.Refusal is { Code: not SessionErrorCode.Unavailable } refusal)
            {
                lock (sync)
                {
                    // Settled while this was asked: that there is no such execution says that the settlement was done.
                    if (hasEnded)
                    {
                        return;
                    }
                }

                context!.Cancel(CancellationCauses.Of(refusal), refusal);
                return;
            }

            if (reply.Decision.IsAdmitted)
            {
                // Never shorter than it was told before, by whichever node.
                (deadline, endsWithComputeTime) = (Math.Max(deadline, asked + clock.Within(reply.RunFor)), EndsWithComputeTime(reply));
                grace = (long)reply.RunGrace.TotalMilliseconds;
            }
        }
        catch (Exception fault) when (CallFaults.KindOf(fault) != FaultKind.Final)
        {
            // Asked again at half of what is left then, and so on to the end.
        }
        catch (Exception fault)
        {
            handle.Keeper.OnNotSettled(handle.Id, fault);
        }

        lock (sync)
        {
            if (!hasEnded)
            {
                timer!.Change(UntilNextQuestion(), Timeout.InfiniteTimeSpan);
            }
        }
    }
}

namespace Sessions.Client;

/// <summary>Runs a caller's work under a context: admitted before, settled after, whatever the work does.</summary>
internal static class Executor
{
    public static ValueTask<T> RunAsync<TWork, T>(
        SessionHandle handle, FunctionName function, TWork work, ExecuteOptions? options, SessionContext? parent, CancellationToken callers)
        where TWork : struct, IWork<T>
    {
        var request = new AdmissionRequest(function)
        {
            Permissions = SessionPermissions.ExecuteFunctions | (options?.Permissions ?? SessionPermissions.None),
            Depth = parent is null ? 0 : parent.Depth + 1,
        };
        return RunAsync<TWork, T>(handle, request, work, options, parent, callers);
    }

    public static ValueTask<T> RunAsync<TWork, T>(
        SessionHandle handle, AdmissionRequest request, TWork work, ExecuteOptions? options, SessionContext? parent, CancellationToken callers)
        where TWork : struct, IWork<T>
    {
        var isStrict = options?.Strict ?? parent?.IsStrict ?? handle.IsStrict;
        return isStrict
            ? RunStrictAsync<TWork, T>(handle, request, work, options?.RunFor, parent, callers)
            : RunLeasedAsync<TWork, T>(handle, request, work, parent, callers);
    }

    private static async ValueTask<T> RunLeasedAsync<TWork, T>(
        SessionHandle handle, AdmissionRequest request, TWork work, SessionContext? parent, CancellationToken callers)
        where TWork : struct, IWork<T>
    {
        Refuse(parent, callers);

        // Before the admission: what throws between it and the try would leave an execution that no one settles.
        var context = new SessionContext(handle, request, isStrict: false, parent, callers);
        if (!handle.TryAdmit(request, precise: true, out var execution))
        {
            execution = await handle.AdmitAsync(request, precise: true, callers);
        }

        var outcome = ExecutionOutcome.Failed;
        try
        {
            Show(context, execution.Slot!);
            context.Enter();
            var result = await work.RunAsync(context);
            outcome = ExecutionOutcome.Succeeded;

            // Abandoned: its place went to another long ago, and nobody vouches for what it did since.
            return execution.TrySettle(outcome) || context.Error is not { } error ? result : throw SessionException.From(error);
        }
        catch (OperationCanceledException fault) when (context.CancellationCause != CancellationCause.None)
        {
            outcome = ExecutionOutcome.Cancelled;
            throw Surface(context, fault);
        }
        finally
        {
            context.End();
            execution.TrySettle(outcome);
        }
    }

    private static async ValueTask<T> RunStrictAsync<TWork, T>(
        SessionHandle handle, AdmissionRequest request, TWork work, TimeSpan? runFor, SessionContext? parent, CancellationToken callers)
        where TWork : struct, IWork<T>
    {
        Refuse(parent, callers);
        var context = new SessionContext(handle, request, isStrict: true, parent, callers);
        var execution = await StrictExecution.BeginAsync(handle, request, runFor, callers);
        var outcome = ExecutionOutcome.Failed;
        try
        {
            execution.Watch(context);
            context.Enter();
            var result = await work.RunAsync(context);
            outcome = ExecutionOutcome.Succeeded;
            return result;
        }
        catch (OperationCanceledException fault) when (context.CancellationCause != CancellationCause.None)
        {
            outcome = ExecutionOutcome.Cancelled;
            throw Surface(context, fault);
        }
        finally
        {
            context.End();
            await execution.SettleAsync(outcome);
        }
    }

    /// <summary>An execution that is over, or is to end, starts nothing more.</summary>
    internal static void Refuse(SessionContext? parent, CancellationToken callers)
    {
        callers.ThrowIfCancellationRequested();
        if (parent?.Error is { } error)
        {
            throw SessionException.From(error);
        }

        if (parent is { HasEnded: true })
        {
            throw SessionException.From(new SessionError
            {
                Code = SessionErrorCode.ExecutionNotFound,
                SessionId = parent.SessionId,
                Message = $"The execution of {parent.Function} has ended, so that nothing nests in it any more.",
            });
        }
    }

    private static void Show(SessionContext context, ExecutionSlot slot)
    {
        context.Begin(new LeasedGrant(slot.Terms));
        slot.Context = context;

        // Pairs with the barrier of who cancels an era: one of the two sees the other.
        Interlocked.MemoryBarrier();
        var era = slot.Terms.Era;
        if (era.Cause != CancellationCause.None)
        {
            context.Cancel(era.Cause, era.Error);
        }
    }

    private static Exception Surface(SessionContext context, OperationCanceledException fault) =>
        context.Error is { } error ? SessionException.From(error, fault) : fault;

    /// <summary>Work with or without a result, without a closure around it.</summary>
    internal interface IWork<T>
    {
        ValueTask<T> RunAsync(SessionContext context);
    }

    internal readonly struct Work<T>(Func<SessionContext, ValueTask<T>> work) : IWork<T>
    {
        public ValueTask<T> RunAsync(SessionContext context) => work(context);
    }

    internal readonly struct Work(Func<SessionContext, ValueTask> work) : IWork<bool>
    {
        public ValueTask<bool> RunAsync(SessionContext context)
        {
            var running = work(context);
            if (!running.IsCompletedSuccessfully)
            {
                return Finish(running);
            }

            running.GetAwaiter().GetResult();
            return new(true);

            static async ValueTask<bool> Finish(ValueTask running)
            {
                await running;
                return true;
            }
        }
    }

    private sealed class LeasedGrant(HeldTerms terms) : IGrant
    {
        private HeldTerms Newest => terms.Lease.Terms ?? terms;

        public long Epoch => terms.Terms.Epoch;

        public SessionPermissions Permissions => terms.Permitted;

        public TimeSpan? TimeLeft => terms.Lease.TimeUntil(Newest.SessionEnd);

        public QuotaMargins Left => terms.Lease.Left;
    }
}

using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Sessions.Client;

public sealed partial class SessionHandle
{
    private const int PageSize = 500;

    private SessionGate? gate;

    internal bool IsStrict => client.Options.Admission == AdmissionMode.Strict;

    internal LeaseKeeper Keeper => client.Keeper;

    /// <summary>
    /// Whether a function may run now, and why or why not, with what is left: asked of the session itself, changing and using nothing.
    /// A refusal is a value here.
    /// </summary>
    /// <param name="function">What is to run.</param>
    /// <param name="permissions">All that the session must permit.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="UnavailableException">There was no answer within <see cref="SessionsClientOptions.RetryBudget"/>.</exception>
    public async ValueTask<AdmissionDecision> AuthorizeAsync(
        FunctionName function,
        SessionPermissions permissions = SessionPermissions.ExecuteFunctions,
        CancellationToken cancellationToken = default)
    {
        var request = new AdmissionRequest(function) { Permissions = permissions };
        if (AdmissionRules.FindFaults(request) is { IsEmpty: false } faults)
        {
            return new AdmissionDecision { SessionId = Id, Refusal = SessionError.InvalidConfiguration(Id, faults) };
        }

        // The common case without what a repetition needs: this is asked before every execution of others. Orleans bounds the call.
        if (!cancellationToken.CanBeCanceled && client.Options.RetryBudget > TimeSpan.Zero)
        {
            try
            {
                var decision = await Grain.Authorize(request, LastSeenVersion);
                if (decision.Refusal is not { Code: SessionErrorCode.Unavailable })
                {
                    return decision;
                }
            }
            catch (Exception fault) when (CallFaults.KindOf(fault) != FaultKind.Final)
            {
                // Repeated below.
            }
        }

        return await client.Caller.CallAsync(
            new CallSubject("Authorize", Id),
            () => Grain.Authorize(request, LastSeenVersion),
            static decision => decision.Refusal is { Code: SessionErrorCode.Unavailable } unavailable ? unavailable : null,
            cancellationToken);
    }

    /// <summary>
    /// Runs <paramref name="work"/> in the session, if that admits it, under a <see cref="SessionContext"/>. The execution is settled
    /// whatever the work does: it succeeded when it returns, was cancelled when it throws <see cref="OperationCanceledException"/>
    /// after its token was, and failed when it throws anything else, which comes out of here as it is.
    /// </summary>
    /// <param name="function">What runs, by name.</param>
    /// <param name="work">What runs.</param>
    /// <param name="options">How it is admitted.</param>
    /// <param name="cancellationToken">The caller's own token; the context's token includes it.</param>
    /// <exception cref="SessionNotActiveException">The session is in a state in which nothing may run, or came into one while this ran.</exception>
    /// <exception cref="SessionExpiredException">Its time is up, or was while this ran.</exception>
    /// <exception cref="PermissionDeniedException">It does not permit this, or its patterns do not have the function.</exception>
    /// <exception cref="QuotaExceededException">A quota is used up, or compute time was while this ran.</exception>
    /// <exception cref="PolicyViolationException">A rule of the namespace forbids it.</exception>
    /// <exception cref="UnavailableException">The session did not answer, or could not be reached any more while this ran.</exception>
    public async ValueTask ExecuteAsync(
        FunctionName function,
        Func<SessionContext, ValueTask> work,
        ExecuteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await Executor.RunAsync<Executor.Work, bool>(this, function, new(work), options, null, cancellationToken);
    }

    /// <inheritdoc cref="ExecuteAsync(FunctionName, Func{SessionContext, ValueTask}, ExecuteOptions?, CancellationToken)"/>
    /// <returns>What <paramref name="work"/> returned.</returns>
    public ValueTask<T> ExecuteAsync<T>(
        FunctionName function,
        Func<SessionContext, ValueTask<T>> work,
        ExecuteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Executor.RunAsync<Executor.Work<T>, T>(this, function, new(work), options, null, cancellationToken);
    }

    /// <summary>
    /// Admits one execution if the lease that this client holds lets it, without a call and without an allocation. False says only
    /// that there is no such lease or nothing left in it: ask with <see cref="AdmitAsync(FunctionName, CancellationToken)"/>.
    /// </summary>
    /// <param name="function">What is to run.</param>
    /// <param name="execution">To be settled by whoever gets it.</param>
    public bool TryAdmit(FunctionName function, out Execution execution)
    {
        if (Volatile.Read(ref gate) is { } way)
        {
            return way.TryAdmit(function, SessionPermissions.ExecuteFunctions, 0, precise: false, out execution);
        }

        execution = default;
        return false;
    }

    /// <summary>Admits one execution, to be settled by whoever gets it; asks the session where the lease does not suffice.</summary>
    /// <inheritdoc cref="ExecuteAsync(FunctionName, Func{SessionContext, ValueTask}, ExecuteOptions?, CancellationToken)" path="/exception"/>
    public ValueTask<Execution> AdmitAsync(FunctionName function, CancellationToken cancellationToken = default) =>
        TryAdmit(function, out var execution) ? new(execution) : AdmitAsync(new AdmissionRequest(function), precise: false, cancellationToken);

    /// <summary>The executions that the session's log has, oldest first; it keeps the newest 1,000, where it keeps a log.</summary>
    /// <param name="afterSequence">The last sequence that is known already; 0 for none.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async IAsyncEnumerable<ExecutionRecord> GetExecutionsAsync(
        long afterSequence = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var after = afterSequence;
            var page = await client.Caller.CallAsync(
                new CallSubject("GetExecutions", Id),
                () => Grain.GetExecutions(after, PageSize),
                static page => page.Refusal,
                cancellationToken);
            foreach (var execution in page.Executions)
            {
                yield return execution;
                afterSequence = execution.Sequence;
            }

            if (page.Executions.Length < PageSize)
            {
                yield break;
            }
        }
    }

    /// <summary>Runs a call of a guarded grain, which nests in the execution that made it.</summary>
    internal async ValueTask RunGuardedAsync(SessionGuard guard, int depth, Func<SessionContext, ValueTask> call)
    {
        var request = new AdmissionRequest(guard.Function)
        {
            Permissions = SessionPermissions.ExecuteFunctions | guard.Permissions,
            Depth = depth,
        };
        await Executor.RunAsync<Executor.Work, bool>(this, request, new(call), null, null, CancellationToken.None);
    }

    internal bool TryAdmit(in AdmissionRequest request, bool precise, out Execution execution)
    {
        if (Volatile.Read(ref gate) is { } way)
        {
            return way.TryAdmit(request.Function, AdmissionRules.Needed(request), request.Depth, precise, out execution);
        }

        execution = default;
        return false;
    }

    internal async ValueTask<Execution> AdmitAsync(AdmissionRequest request, bool precise, CancellationToken cancellationToken)
    {
        Preflight.Check(Id, request);
        var way = EnterGate();
        try
        {
            return await way.AdmitAsync(request, precise, cancellationToken);
        }
        finally
        {
            way.Leave();
        }
    }

    private SessionGate EnterGate()
    {
        while (true)
        {
            var way = Volatile.Read(ref gate);
            if (way is not null && way.TryEnter())
            {
                return way;
            }

            // The keeper has let go of the gate; what it was told must not be forgotten with it.
            if (way?.Newest is { } told)
            {
                See(told);
            }

            var next = Keeper.Gate(Id);
            if (LastSeen is { } seen)
            {
                next.See(seen);
            }

            Interlocked.CompareExchange(ref gate, next, way);
        }
    }
}

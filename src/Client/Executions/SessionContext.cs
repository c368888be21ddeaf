namespace Sessions.Client;

/// <summary>
/// What an execution runs under. Valid until it has ended. Thread-safe.
/// </summary>
public sealed partial class SessionContext
{
    private static readonly AsyncLocal<SessionContext?> Flowing = new();

    private readonly SessionContext? parent;
    private readonly CancellationToken callers;
    private IGrant grant = null!;
    private CancellationTokenSource? source;
    private SessionError? error;
    private int cause;
    private int hasEnded;

    internal SessionContext(
        SessionHandle handle, in AdmissionRequest request, bool isStrict, SessionContext? parent, CancellationToken callers)
    {
        (Handle, Function, Depth, IsStrict) = (handle, request.Function, request.Depth, isStrict);
        (this.parent, this.callers) = (parent, callers);
    }

    /// <summary>The context that the running code is in; null outside every execution.</summary>
    public static SessionContext? Current => Flowing.Value;

    /// <summary>Which session.</summary>
    public SessionId SessionId => Handle.Id;

    /// <summary>What runs.</summary>
    public FunctionName Function { get; }

    /// <summary>In how many other executions this one nests.</summary>
    public int Depth { get; }

    /// <inheritdoc cref="LeaseTerms.Epoch"/>
    public long Epoch => grant.Epoch;

    /// <summary>What the session lets its executions do, as it was when this one was admitted.</summary>
    public SessionPermissions Permissions => grant.Permissions;

    /// <summary>How much time the session has left, as far as this client knows; null where its end is open.</summary>
    public TimeSpan? TimeLeft => grant.TimeLeft;

    /// <summary>What is left of the session's quotas, as far as this client knows.</summary>
    public QuotaMargins Left => grant.Left;

    /// <summary>
    /// Cancelled when the session expires, is stopped, has used up its compute time or cannot be reached any more, and when the
    /// caller's own token is. Whoever does not heed it is abandoned one lease later. After the end it is cancelled in any case.
    /// </summary>
    public CancellationToken CancellationToken
    {
        get
        {
            try
            {
                return HasEnded ? new CancellationToken(canceled: true) : Source.Token;
            }
            catch (ObjectDisposedException)
            {
                return new CancellationToken(canceled: true);
            }
        }
    }

    /// <summary>Why the token was cancelled; None while it was not.</summary>
    public CancellationCause CancellationCause => (CancellationCause)Volatile.Read(ref cause) switch
    {
        not CancellationCause.None and var own => own,
        _ when parent is { CancellationCause: not CancellationCause.None and var around } => around,
        _ => callers.IsCancellationRequested ? CancellationCause.Caller : CancellationCause.None,
    };

    internal SessionHandle Handle { get; }

    internal bool IsStrict { get; }

    /// <summary>Why it ended before its time, in the session's words; null unless the session's side cancelled it.</summary>
    internal SessionError? Error => Volatile.Read(ref cause) != 0 ? error : parent?.Error;

    internal bool HasEnded => Volatile.Read(ref hasEnded) != 0;

    // Made only for those that look at the token: most executions are over before anything could cancel them.
    private CancellationTokenSource Source
    {
        get
        {
            if (Volatile.Read(ref source) is { } made)
            {
                return made;
            }

            var outer = parent?.CancellationToken ?? CancellationToken.None;
            var linked = CancellationTokenSource.CreateLinkedTokenSource(outer, callers);
            if (Interlocked.CompareExchange(ref source, linked, null) is { } first)
            {
                linked.Dispose();
                return first;
            }

            // Whoever cancelled in between found nothing to cancel.
            if (Volatile.Read(ref cause) != 0)
            {
                CancelSource(linked);
            }

            return linked;
        }
    }

    /// <summary>Runs a function of the same session inside this one. Needs ComposeFunctions.</summary>
    /// <inheritdoc cref="SessionHandle.ExecuteAsync(FunctionName, Func{SessionContext, ValueTask}, ExecuteOptions?, CancellationToken)" path="/param|/exception"/>
    public async ValueTask ExecuteAsync(
        FunctionName function,
        Func<SessionContext, ValueTask> work,
        ExecuteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await Executor.RunAsync<Executor.Work, bool>(Handle, function, new(work), options, this, cancellationToken);
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
        return Executor.RunAsync<Executor.Work<T>, T>(Handle, function, new(work), options, this, cancellationToken);
    }

    /// <summary>Opens a child of the session that this runs in, unless the execution has ended.</summary>
    /// <inheritdoc cref="SessionHandle.OpenChildAsync" path="/param|/returns|/exception"/>
    public async Task<SessionHandle> OpenChildAsync(OpenChildOptions? options = null, CancellationToken cancellationToken = default)
    {
        Executor.Refuse(this, cancellationToken);
        return await Handle.OpenChildAsync(options, cancellationToken);
    }

    /// <summary>Lets the code that follows in this flow find the context.</summary>
    internal void Enter() => Flowing.Value = this;

    internal void Begin(IGrant granted) => grant = granted;

    internal void Cancel(CancellationCause why, SessionError? said)
    {
        if (Interlocked.CompareExchange(ref error, said, null) is not null
            || Interlocked.CompareExchange(ref cause, (int)why, 0) != 0)
        {
            return;
        }

        if (Volatile.Read(ref source) is { } made)
        {
            CancelSource(made);
        }
    }

    internal void End()
    {
        Volatile.Write(ref hasEnded, 1);
        source?.Dispose();
    }

    private static void CancelSource(CancellationTokenSource source)
    {
        try
        {
            // What is registered with the token runs elsewhere: it may take its time, and the leases of others cannot wait for it.
            _ = source.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }
}

/// <summary>What an admission gave, as its context shows it.</summary>
internal interface IGrant
{
    long Epoch { get; }

    SessionPermissions Permissions { get; }

    TimeSpan? TimeLeft { get; }

    QuotaMargins Left { get; }
}

namespace Sessions.Client;

/// <summary>
/// What <see cref="SessionHandle"/> offers; see <see cref="ISessionsClient"/>. What each member does, and what it throws, is described
/// there.
/// </summary>
public interface ISessionHandle
{
    /// <inheritdoc cref="SessionHandle.Id"/>
    SessionId Id { get; }

    /// <inheritdoc cref="SessionHandle.LastSeen"/>
    SessionSnapshot? LastSeen { get; }

    /// <inheritdoc cref="SessionHandle.LastSeenVersion"/>
    long LastSeenVersion { get; }

    /// <inheritdoc cref="SessionHandle.Data"/>
    SessionData Data { get; }

    /// <inheritdoc cref="SessionHandle.GetAsync"/>
    Task<SessionSnapshot> GetAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.CreateAsync(SessionCommandOptions?, CancellationToken)"/>
    Task<SessionSnapshot> CreateAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.CancelAsync"/>
    Task<SessionSnapshot> CancelAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.ActivateAsync"/>
    Task<SessionSnapshot> ActivateAsync(ActivateSessionOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.PauseAsync"/>
    Task<SessionSnapshot> PauseAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.ResumeAsync"/>
    Task<SessionSnapshot> ResumeAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.RenewAsync(RenewSessionOptions, CancellationToken)"/>
    Task<SessionSnapshot> RenewAsync(RenewSessionOptions options, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.RenewAsync(TimeSpan, CancellationToken)"/>
    Task<SessionSnapshot> RenewAsync(TimeSpan by, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.AdjustAsync"/>
    Task<SessionSnapshot> AdjustAsync(AdjustSessionOptions options, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.CloseAsync"/>
    Task<SessionSnapshot> CloseAsync(SessionCommandOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.WaitUntilSettledAsync(CancellationToken)"/>
    Task<SessionSnapshot> WaitUntilSettledAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.OpenChildAsync"/>
    Task<ISessionHandle> OpenChildAsync(OpenChildOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.AuthorizeAsync"/>
    ValueTask<AdmissionDecision> AuthorizeAsync(
        FunctionName function,
        SessionPermissions permissions = SessionPermissions.ExecuteFunctions,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.ExecuteAsync(FunctionName, Func{SessionContext, ValueTask}, ExecuteOptions?, CancellationToken)"/>
    ValueTask ExecuteAsync(
        FunctionName function,
        Func<SessionContext, ValueTask> work,
        ExecuteOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.ExecuteAsync{T}(FunctionName, Func{SessionContext, ValueTask{T}}, ExecuteOptions?, CancellationToken)"/>
    ValueTask<T> ExecuteAsync<T>(
        FunctionName function,
        Func<SessionContext, ValueTask<T>> work,
        ExecuteOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.TryAdmit(FunctionName, out Execution)"/>
    bool TryAdmit(FunctionName function, out Execution execution);

    /// <inheritdoc cref="SessionHandle.AdmitAsync(FunctionName, CancellationToken)"/>
    ValueTask<Execution> AdmitAsync(FunctionName function, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.GetExecutionsAsync"/>
    IAsyncEnumerable<ExecutionRecord> GetExecutionsAsync(long afterSequence = 0, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.GetHistoryAsync"/>
    IAsyncEnumerable<SessionEvent> GetHistoryAsync(long afterSequence = 0, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionHandle.WatchAsync"/>
    IAsyncEnumerable<SessionEvent> WatchAsync(
        long afterSequence = 0, WatchSessionOptions? options = null, CancellationToken cancellationToken = default);
}

namespace Sessions.Client;

/// <summary>
/// A session that can be used at once, whether it exists already or is still being created: what is asked of it waits for that. A
/// creation that failed surfaces here, as the exception that it ended with. Thread-safe.
/// </summary>
public sealed class ManagedSession
{
    private readonly SessionManager manager;
    private readonly Task ready;

    internal ManagedSession(SessionManager manager, SessionHandle handle, Task ready) =>
        (this.manager, Handle, this.ready) = (manager, handle, ready);

    /// <summary>Which session.</summary>
    public SessionId Id => Handle.Id;

    /// <summary>The session as a handle, which waits for nothing.</summary>
    public SessionHandle Handle { get; }

    /// <summary>Whether its creation, or its activation, is still under way.</summary>
    public bool IsPending => !ready.IsCompleted;

    /// <inheritdoc cref="SessionHandle.LastSeen"/>
    public SessionSnapshot? LastSeen => Handle.LastSeen;

    /// <summary>Waits until the session has been created, and activated where that was asked for.</summary>
    /// <param name="cancellationToken">Stops waiting; the creation goes on.</param>
    /// <exception cref="SessionException">It could not be; the leaf says why. The manager forgets the session with that.</exception>
    public async ValueTask ReadyAsync(CancellationToken cancellationToken = default)
    {
        if (ready.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            await ready.WaitAsync(cancellationToken);
        }
        catch (Exception) when (ready.IsCompleted && !ready.IsCompletedSuccessfully)
        {
            manager.Forget(this);
            throw;
        }
    }

    /// <inheritdoc cref="SessionHandle.AuthorizeAsync"/>
    public async ValueTask<AdmissionDecision> AuthorizeAsync(
        FunctionName function,
        SessionPermissions permissions = SessionPermissions.ExecuteFunctions,
        CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        return await Handle.AuthorizeAsync(function, permissions, cancellationToken);
    }

    /// <inheritdoc cref="SessionHandle.ExecuteAsync(FunctionName, Func{SessionContext, ValueTask}, ExecuteOptions?, CancellationToken)"/>
    public async ValueTask ExecuteAsync(
        FunctionName function,
        Func<SessionContext, ValueTask> work,
        ExecuteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        await Handle.ExecuteAsync(function, work, options, cancellationToken);
    }

    /// <inheritdoc cref="SessionHandle.ExecuteAsync{T}(FunctionName, Func{SessionContext, ValueTask{T}}, ExecuteOptions?, CancellationToken)"/>
    public async ValueTask<T> ExecuteAsync<T>(
        FunctionName function,
        Func<SessionContext, ValueTask<T>> work,
        ExecuteOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        return await Handle.ExecuteAsync(function, work, options, cancellationToken);
    }

    /// <inheritdoc cref="SessionHandle.AdmitAsync(FunctionName, CancellationToken)"/>
    public async ValueTask<Execution> AdmitAsync(FunctionName function, CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        return await Handle.AdmitAsync(function, cancellationToken);
    }

    /// <inheritdoc cref="SessionHandle.TryAdmit(FunctionName, out Execution)"/>
    public bool TryAdmit(FunctionName function, out Execution execution) => Handle.TryAdmit(function, out execution);
}

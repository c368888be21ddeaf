using System.Collections.Concurrent;
using System.Collections.Immutable;
using BitFaster.Caching;
using BitFaster.Caching.Lru;

namespace Sessions.Client;

/// <summary>
/// The sessions that this client uses most, at hand: created optimistically, found by id, and given back when they fall out of use.
/// What is known of a session only ever gets newer, whoever brings it. Thread-safe; see <see cref="SessionsClient.Manager"/>.
/// </summary>
public sealed class SessionManager
{
    private readonly SessionsClient client;
    private readonly TimeProvider time;
    private readonly ClientInstruments instruments;
    private readonly ConcurrentLru<SessionId, ManagedSession> cache;
    private readonly ConcurrentDictionary<ManagedCreation, PendingOperation> pending = new();
    private readonly Func<SessionId, ManagedSession> open;

    internal SessionManager(SessionsClient client, TimeProvider time, ClientInstruments instruments)
    {
        (this.client, this.time, this.instruments) = (client, time, instruments);
        cache = new ConcurrentLru<SessionId, ManagedSession>(client.Options.CacheCapacity);
        open = id => new ManagedSession(this, client.Get(id), Task.CompletedTask);
        cache.Events.Value!.ItemRemoved += OnRemoved;
        var metrics = cache.Metrics.Value!;
        instruments.Observe(() => metrics.Hits, () => metrics.Misses, () => metrics.Evicted, () => pending.Count);
        client.Keeper.Told = OnTold;
    }

    /// <summary>How many sessions are at hand.</summary>
    public int Count => cache.Count;

    /// <summary>What has begun and not ended, oldest first.</summary>
    public ImmutableArray<PendingOperation> Pending => [.. pending.Values.OrderBy(static operation => operation.Since)];

    /// <summary>
    /// Begins to create a session, and to activate it, and gives it at once. Where it cannot be activated, it is closed; under an id of the
    /// caller's it stays, and opening it again under that id goes on with it. What is asked of it meanwhile waits; what went wrong is
    /// thrown by what is asked of it next, and the session is forgotten with that.
    /// </summary>
    /// <param name="options">What is to be made.</param>
    /// <param name="activate">Whether to activate it too.</param>
    public ManagedSession Open(CreateSessionOptions options, bool activate = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        var handle = client.Get(options.Id ?? SessionId.New());
        var creation = CreateAsync(new ManagedCreation(handle), options, activate);

        // Whoever uses the session is told; that nobody does is no fault.
        _ = creation.ContinueWith(
            static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        var session = new ManagedSession(this, handle, creation);
        cache.AddOrUpdate(handle.Id, session);
        return session;
    }

    /// <summary>A session that exists, or may. Makes no call.</summary>
    public ManagedSession Get(SessionId id) => cache.GetOrAdd(id, open);

    /// <summary>
    /// Admits one execution if the session is at hand and its lease lets it, without a call and without an allocation; see
    /// <see cref="SessionHandle.TryAdmit(FunctionName, out Execution)"/>.
    /// </summary>
    public bool TryAdmit(SessionId id, FunctionName function, out Execution execution)
    {
        if (cache.TryGet(id, out var session))
        {
            return session.TryAdmit(function, out execution);
        }

        execution = default;
        return false;
    }

    /// <summary>Forgets a session whose creation failed, unless another has taken its place.</summary>
    internal void Forget(ManagedSession session) => cache.TryRemove(KeyValuePair.Create(session.Id, session));

    private async Task CreateAsync(ManagedCreation creation, CreateSessionOptions options, bool activate)
    {
        var handle = creation.Handle;
        var started = time.GetTimestamp();
        var succeeded = false;
        Begin(creation, SessionVerb.Create);
        try
        {
            // On the pool: whoever opens does not wait, and a grain that opens must not be where the creation runs.
            await Task.Run(() => handle.CreateAsync(
                options.Specification,
                activate ? options with { WaitForProvisioning = true } : options,
                CancellationToken.None));
            // Opened again under its id, it may be active already, and activating it again would be refused.
            if (activate && handle.LastSeen is not { Status: SessionStatus.Activating or SessionStatus.Active or SessionStatus.Paused })
            {
                Begin(creation, SessionVerb.Activate);
                await handle.ActivateAsync(new ActivateSessionOptions
                {
                    Actor = options.Actor,
                    Reason = options.Reason,
                    WaitForProvisioning = options.WaitForProvisioning,

                    // Under an id of the caller's the next attempt finds it.
                    CloseIfNotActivated = options.Id is null,
                });
            }

            succeeded = true;
        }
        finally
        {
            pending.TryRemove(creation, out _);
            instruments.OnCreated(time.GetElapsedTime(started), succeeded);
        }
    }

    private void Begin(ManagedCreation creation, SessionVerb operation) =>
        pending[creation] = new PendingOperation(creation.Handle.Id, operation, time.GetUtcNow());

    private void OnRemoved(object? sender, ItemRemovedEventArgs<SessionId, ManagedSession> removed)
    {
        // What runs there keeps its place; the lease goes back when that has ended and nobody has come.
        if (removed.Reason == ItemRemovedReason.Evicted)
        {
            client.Keeper.GiveBack(removed.Key);
        }
    }

    private void OnTold(SessionSnapshot snapshot)
    {
        if (snapshot.Status is SessionStatus.Closed or SessionStatus.Cancelled or SessionStatus.Failed)
        {
            cache.TryRemove(snapshot.Id);
        }
    }

    /// <summary>One creation; the same session may be created twice at once.</summary>
    private sealed class ManagedCreation(SessionHandle handle)
    {
        public SessionHandle Handle { get; } = handle;
    }
}

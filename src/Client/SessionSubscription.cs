namespace Sessions.Client;

/// <summary>
/// A durable subscription: a watch of a namespace whose place in the log the cluster keeps, so that a service that was restarted goes on
/// where it had got to. Read, deal with what was read, and keep the cursor of what was dealt with; what was read since the last
/// checkpoint is read again after a restart, and so every event is dealt with at least once. Thread-safe; meant for one reader at a time.
/// </summary>
public sealed class SessionSubscription
{
    private readonly SessionsClient client;
    private readonly SubscribeOptions options;
    private readonly Principal owner;
    private readonly Lock gate = new();
    private SubscriptionSnapshot kept;

    internal SessionSubscription(SessionsClient client, SubscriptionName name, SubscribeOptions options, Principal owner, SubscriptionSnapshot kept) =>
        (this.client, Name, this.options, this.owner, this.kept) = (client, name, options, owner, kept);

    /// <summary>What it is called.</summary>
    public SubscriptionName Name { get; }

    /// <summary>What it reads.</summary>
    public SessionNamespace Namespace => kept.Namespace;

    /// <summary>The cursor that is kept, as far as this object has heard.</summary>
    public EventCursor Cursor
    {
        get
        {
            lock (gate)
            {
                return kept.Cursor;
            }
        }
    }

    /// <summary>The events after <see cref="Cursor"/>, log first and then live; see <see cref="SessionsClient.WatchAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public IAsyncEnumerable<LoggedEvent> ReadAsync(CancellationToken cancellationToken = default) => client.WatchAsync(
        Namespace,
        new WatchOptions
        {
            After = Cursor,
            IncludeBelow = options.IncludeBelow,
            PageSize = options.PageSize,
            RetryBudget = options.RetryBudget,
        },
        cancellationToken);

    /// <summary>Keeps the cursor of an event that was dealt with, and so of all before it. One that is not beyond what is kept changes nothing.</summary>
    /// <param name="cursor">The event's cursor.</param>
    /// <param name="cancellationToken">Stops waiting; the cursor may still be kept.</param>
    /// <exception cref="InvalidConfigurationException">The cursor lies ahead of the log, or the subscription was deleted.</exception>
    /// <exception cref="PermissionDeniedException">The subscription is somebody else's by now.</exception>
    public async Task CheckpointAsync(EventCursor cursor, CancellationToken cancellationToken = default)
    {
        var now = await client.AskSubscriptionAsync(
            "Checkpoint", Namespace, Name, grain => grain.Checkpoint(cursor, owner), cancellationToken);
        lock (gate)
        {
            kept = now is not null && now.Cursor > kept.Cursor ? now : kept;
        }
    }

    /// <summary>Forgets the subscription; opened again it begins anew.</summary>
    /// <param name="cancellationToken">Stops waiting; it may still be forgotten.</param>
    public Task DeleteAsync(CancellationToken cancellationToken = default) =>
        client.AskSubscriptionAsync("DeleteSubscription", Namespace, Name, grain => grain.Delete(owner), cancellationToken);
}

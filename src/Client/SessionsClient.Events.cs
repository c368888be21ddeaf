namespace Sessions.Client;

public sealed partial class SessionsClient
{
    private EventReader Events => field ??= new EventReader(Grains, Options, Caller);

    /// <summary>
    /// The events of a namespace's sessions: first those that the log has, then those that come, in the order of the log and so in order
    /// per session, each once. Goes on when a silo or the connection is lost, and ends when the caller stops taking, or cancels.
    /// </summary>
    /// <param name="namespace">Where the sessions live.</param>
    /// <param name="options">From where, and what else.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="InvalidConfigurationException">The cursor lies ahead of the log, or another option is out of range.</exception>
    public IAsyncEnumerable<LoggedEvent> WatchAsync(
        SessionNamespace @namespace, WatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new WatchOptions();
        Preflight.Check(@namespace, options);
        return Events.ReadAsync(@namespace, options, cancellationToken);
    }

    /// <summary>
    /// Opens a durable subscription; the first time it is made. Safe to repeat. Its name is its tenant's: two services that are to read by
    /// themselves need two names.
    /// </summary>
    /// <param name="name">What it is called.</param>
    /// <param name="namespace">What it reads; fixed when it is made, as are its owner and whether it reads what is below.</param>
    /// <param name="options">From where, and what else.</param>
    /// <param name="cancellationToken">Stops waiting; it may still be made.</param>
    /// <exception cref="PermissionDeniedException">The name stands for somebody else's subscription.</exception>
    /// <exception cref="InvalidConfigurationException">The name stands for a subscription of another namespace, or an option is out of range.</exception>
    public async Task<SessionSubscription> SubscribeAsync(
        SubscriptionName name, SessionNamespace @namespace, SubscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SubscribeOptions();
        Preflight.Check(name, @namespace, options);
        var owner = options.Owner ?? Options.Actor;
        var request = new SubscriptionRequest
        {
            Query = new EventQuery(@namespace, options.IncludeBelow),
            Owner = owner,
            From = options.From,
        };
        var kept = await AskSubscriptionAsync("Subscribe", @namespace, name, grain => grain.Open(request), cancellationToken);
        return new SessionSubscription(this, name, options, owner, kept ?? throw new SessionException(new SessionError
        {
            Code = SessionErrorCode.Internal,
            Message = "The silo answered Subscribe with neither a subscription nor a refusal.",
        }));
    }

    internal async Task<SubscriptionSnapshot?> AskSubscriptionAsync(
        string call,
        SessionNamespace @namespace,
        SubscriptionName name,
        Func<ISubscriptionGrain, ValueTask<SubscriptionReply>> ask,
        CancellationToken cancellationToken)
    {
        var reply = await Caller.CallAsync(
            new CallSubject(call), () => ask(Grains.Subscription(@namespace, name)), static reply => reply.Refusal, cancellationToken);
        return reply.Subscription;
    }

    internal IAsyncEnumerable<SessionEvent> WatchSessionAsync(
        SessionId id, long afterSequence, WatchSessionOptions options, CancellationToken cancellationToken)
    {
        Preflight.Check(id, afterSequence, options);
        return Events.ReadAsync(id, afterSequence, options.PageSize, options.RetryBudget, cancellationToken);
    }
}

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

    internal IAsyncEnumerable<SessionEvent> WatchSessionAsync(
        SessionId id, long afterSequence, WatchSessionOptions options, CancellationToken cancellationToken)
    {
        Preflight.Check(id, afterSequence, options);
        return Events.ReadAsync(id, afterSequence, options.PageSize, options.RetryBudget, cancellationToken);
    }
}

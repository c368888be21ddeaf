namespace Sessions.Client;

public sealed partial class SessionHandle
{
    /// <summary>
    /// The session's events: first those that its log has, then those that come, in order, each once. Ends after the event with which
    /// the session ends. Goes on when a silo or the connection is lost.
    /// </summary>
    /// <param name="afterSequence">The sequence of the last event that the caller has dealt with; 0 for none.</param>
    /// <param name="options">How to watch.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="InvalidConfigurationException"><paramref name="afterSequence"/> lies ahead of the log, or an option is out of range.</exception>
    public IAsyncEnumerable<SessionEvent> WatchAsync(
        long afterSequence = 0, WatchSessionOptions? options = null, CancellationToken cancellationToken = default) =>
        client.WatchSessionAsync(Id, afterSequence, options ?? new WatchSessionOptions(), cancellationToken);
}

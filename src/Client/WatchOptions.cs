namespace Sessions.Client;

/// <summary>For <see cref="SessionsClient.WatchAsync"/>. Everything has a default.</summary>
public sealed record WatchOptions
{
    /// <summary>
    /// Where to go on: the cursor of the last event that the caller has dealt with, <see cref="EventCursor.Start"/> for all there ever
    /// was, or <see cref="EventCursor.End"/> for what happens from now on. Default: <see cref="EventCursor.Start"/>.
    /// </summary>
    public EventCursor After { get; init; } = EventCursor.Start;

    /// <summary>Whether the namespaces below are watched too. Default true.</summary>
    public bool IncludeBelow { get; init; } = true;

    /// <summary>
    /// The most events that are held for the caller; the next ones are asked for when it has taken these. 1 to 1,000, default 500.
    /// </summary>
    public int PageSize { get; init; } = 500;

    /// <summary>
    /// How long the cluster may give no answer before the watch ends with <see cref="UnavailableException"/>. Default: null, for as long
    /// as the caller goes on.
    /// </summary>
    public TimeSpan? RetryBudget { get; init; }
}

/// <summary>For <see cref="SessionHandle.WatchAsync"/>. Everything has a default.</summary>
public sealed record WatchSessionOptions
{
    /// <inheritdoc cref="WatchOptions.PageSize"/>
    public int PageSize { get; init; } = 500;

    /// <inheritdoc cref="WatchOptions.RetryBudget"/>
    public TimeSpan? RetryBudget { get; init; }
}

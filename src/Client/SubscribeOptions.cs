namespace Sessions.Client;

/// <summary>For <see cref="SessionsClient.SubscribeAsync"/>. Everything has a default.</summary>
public sealed record SubscribeOptions
{
    /// <summary>Where a subscription that is new starts. Default: <see cref="EventCursor.Start"/>, all there ever was.</summary>
    public EventCursor From { get; init; } = EventCursor.Start;

    /// <inheritdoc cref="WatchOptions.IncludeBelow"/>
    public bool IncludeBelow { get; init; } = true;

    /// <summary>Whose it is. Default: <see cref="SessionsClientOptions.Actor"/>.</summary>
    public Principal? Owner { get; init; }

    /// <inheritdoc cref="WatchOptions.PageSize"/>
    public int PageSize { get; init; } = 500;

    /// <inheritdoc cref="WatchOptions.RetryBudget"/>
    public TimeSpan? RetryBudget { get; init; }
}

namespace Sessions.Client;

/// <summary>For <see cref="SessionsClient.CloseAllAsync"/> and <see cref="SessionsClient.PauseAllAsync"/>. Everything has a default.</summary>
public sealed record OperationOptions
{
    /// <summary>The operation's id; choose it to make the start safe to repeat from another process. Default: a new one.</summary>
    public OperationId? Id { get; init; }

    /// <summary>Why, at most 480 characters; kept with every change that the operation makes. Default: none.</summary>
    public string? Reason { get; init; }

    /// <summary>Who acts. Default: <see cref="SessionsClientOptions.Actor"/>.</summary>
    public Principal? Actor { get; init; }
}

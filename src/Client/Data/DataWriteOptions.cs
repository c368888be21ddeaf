namespace Sessions.Client;

/// <summary>For <see cref="SessionData.PutAsync"/> and <see cref="SessionData.DeleteAsync"/>. Everything has a default.</summary>
public sealed record DataWriteOptions
{
    /// <summary>
    /// The version that the value must have, as a read has shown it; 0 if there must be none. Any other is refused with
    /// <see cref="VersionConflictException"/>. Default: any.
    /// </summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>The write's id, to repeat one whose outcome is unknown: the same write under the same id is done once. Default: a new one.</summary>
    public CommandId? CommandId { get; init; }

    /// <summary>Who acts. Default: <see cref="SessionsClientOptions.Actor"/>.</summary>
    public Principal? Actor { get; init; }
}

namespace Sessions;

/// <summary>Who changed a session, why, and by which command.</summary>
/// <param name="Actor">Who; <see cref="Principal.System"/> for what happens by itself.</param>
/// <param name="Reason">Why, in the actor's words.</param>
/// <param name="CommandId">By which command; null for what happens by itself.</param>
[GenerateSerializer, Immutable, Alias("sessions.SessionCause")]
public sealed record SessionCause(
    [property: Id(0)] Principal Actor,
    [property: Id(1)] string? Reason,
    [property: Id(2)] CommandId? CommandId);

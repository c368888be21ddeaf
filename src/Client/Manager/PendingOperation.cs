namespace Sessions.Client;

/// <summary>Something that a <see cref="SessionManager"/> has begun and that has not ended.</summary>
/// <param name="SessionId">Of which session.</param>
/// <param name="Operation">What: Create, then Activate.</param>
/// <param name="Since">When it began.</param>
public sealed record PendingOperation(SessionId SessionId, SessionVerb Operation, DateTimeOffset Since);

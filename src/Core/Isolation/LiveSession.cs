namespace Sessions.Core.Isolation;

/// <summary>A session that is live.</summary>
/// <param name="Id">Which.</param>
/// <param name="Sequence">Its newest event.</param>
internal sealed record LiveSession(SessionId Id, long Sequence);

namespace Sessions.Core.Search;

/// <summary>A place in an order of sessions: after it comes what compares greater by both, or less where the order goes downwards.</summary>
/// <param name="At">The instant that the order goes by, in whole microseconds.</param>
/// <param name="Id">Breaks ties.</param>
internal sealed record SearchPosition(DateTimeOffset At, SessionId Id);

using System.Text.Json.Serialization;

namespace Sessions.Core.Search;

/// <summary>A place in an order of sessions: after it comes what compares greater by both, or less where the order goes downwards.</summary>
/// <param name="At">The instant that the order goes by, in whole microseconds.</param>
/// <param name="Id">Breaks ties.</param>
/// <param name="IsPastEnds">Whether it lies behind all that have an end, in an order that goes by ends.</param>
internal sealed record SearchPosition(
    DateTimeOffset At, SessionId Id, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsPastEnds = false);

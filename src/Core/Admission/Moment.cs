namespace Sessions.Core.Admission;

/// <summary>One reading of both clocks: leases run on the one that never jumps, sessions end by the one on the wall.</summary>
/// <param name="Milliseconds">Of a monotonic clock, from anywhere.</param>
/// <param name="Utc">Of the wall clock.</param>
internal readonly record struct Moment(long Milliseconds, DateTimeOffset Utc);

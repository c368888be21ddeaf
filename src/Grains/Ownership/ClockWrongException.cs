namespace Sessions.Grains.Ownership;

/// <summary>A silo does not start, because its clock does not agree with the one that all silos share.</summary>
internal sealed class ClockWrongException(string message) : Exception(message);

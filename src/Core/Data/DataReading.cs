namespace Sessions.Core.Data;

/// <summary>One value as the store has it.</summary>
/// <param name="DataVersion">The newest version of the session's data at the same moment; 0 if there was none yet.</param>
/// <param name="Value">The value; null if there is none.</param>
internal sealed record DataReading(long DataVersion, DataValue? Value);

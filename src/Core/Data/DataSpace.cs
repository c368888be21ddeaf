namespace Sessions.Core.Data;

/// <summary>The space that a session's values are kept in. No two sessions have the same.</summary>
/// <param name="Session">Whose it is.</param>
/// <param name="Text">The beginning of everything that is stored in it.</param>
internal readonly record struct DataSpace(SessionId Session, string Text);

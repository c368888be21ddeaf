using Sessions.Grains.Storage;

namespace Sessions.Storage.Sqlite.Statements;

/// <summary>A save does not follow upon what the file has of its session: a mistake of a program, or another one's doing.</summary>
internal sealed class SaveMismatchException(string message) : StoreUnavailableException(message);

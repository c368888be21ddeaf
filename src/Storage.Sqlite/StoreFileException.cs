using Sessions.Grains.Storage;

namespace Sessions.Storage.Sqlite;

/// <summary>What is wrong with a store's file.</summary>
public enum StoreFileProblem
{
    /// <summary>Not a value.</summary>
    Invalid = 0,

    /// <summary>Another process has it.</summary>
    InUse = 1,

    /// <summary>The file or its folder cannot be written to.</summary>
    NotWritable = 2,

    /// <summary>The disk is full, or the file has reached its maximum size.</summary>
    Full = 3,

    /// <summary>Its content is damaged.</summary>
    Damaged = 4,

    /// <summary>It is no store of sessions.</summary>
    Foreign = 5,

    /// <summary>A newer build has written it.</summary>
    Newer = 6,

    /// <summary>An earlier build has written it, and this use of it does not change it.</summary>
    Older = 7,
}

/// <summary>A store's file cannot be used, or could not be written. Nothing was written to it.</summary>
/// <param name="problem">What is wrong.</param>
/// <param name="path">Which file.</param>
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="innerException">The error of the operating system or of SQLite, if there was one.</param>
public sealed class StoreFileException(StoreFileProblem problem, string path, string message, Exception? innerException = null)
    : StoreUnavailableException(message, innerException)
{
    /// <summary>What is wrong.</summary>
    public StoreFileProblem Problem => problem;

    /// <summary>Which file.</summary>
    public string Path => path;
}

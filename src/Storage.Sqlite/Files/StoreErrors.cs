using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using SQLitePCL;

namespace Sessions.Storage.Sqlite.Files;

/// <summary>Says in words what an error means for a store, and what to do.</summary>
internal static class StoreErrors
{
    // What the operating systems call "no space left" and "disk quota exceeded".
    private static readonly int[] NoSpace = [28, 122, unchecked((int)0x80070070)];

    /// <summary>An error after which nothing is written.</summary>
    /// <param name="error">What SQLite said.</param>
    /// <param name="path">The file.</param>
    /// <param name="what">What failed, as the beginning of a sentence.</param>
    public static StoreUnavailableException Of(SqliteException error, string path, string what) => error.Code switch
    {
        raw.SQLITE_FULL => Full(path, error),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => Damaged(path, error.Message, error),
        raw.SQLITE_READONLY or raw.SQLITE_PERM => NotWritable(path, error),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new StoreUnavailableException(
            $"{what}: another program holds a lock on {path}. Close it; the store goes on by itself.", error),
        raw.SQLITE_IOERR when error.ExtendedCode is raw.SQLITE_IOERR_SHMSIZE => Full(path, error),
        _ => new StoreUnavailableException($"{what}: {error.Message} (SQLite error {error.ExtendedCode}, {path})", error),
    };

    /// <summary>An error of the operating system at a file of the store.</summary>
    public static StoreUnavailableException Of(Exception error, string path) =>
        NoSpace.Contains(error.HResult) ? Full(path, error) : NotWritable(path, error);

    public static StoreFileException Full(string path, Exception error) => new(
        StoreFileProblem.Full,
        path,
        $"There is no space for {path}; nothing was written. Free space on its disk, or raise the maximum size; the store goes on by itself.",
        error);

    public static StoreFileException Damaged(string path, string detail, Exception? error = null) => new(
        StoreFileProblem.Damaged,
        path,
        $"{path} is damaged: {detail}. It was left as it is. Restore a backup, or move it away to begin with an empty store.",
        error);

    public static StoreFileException NotWritable(string path, Exception? error = null) => new(
        StoreFileProblem.NotWritable,
        path,
        $"{path} cannot be written to{(error is null ? "" : ": " + error.Message)}. Give this process the right to write the file and its folder.",
        error);
}

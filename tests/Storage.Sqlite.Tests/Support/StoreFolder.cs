using Microsoft.Extensions.Logging.Abstractions;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Files;

namespace Sessions.Storage.Sqlite.Tests.Support;

/// <summary>A folder for the files of one test or of one class, deleted with it.</summary>
public sealed class StoreFolder : IDisposable
{
    public StoreFolder()
    {
        Path = Directory.CreateTempSubdirectory("sessions-sqlite-").FullName;
        File = System.IO.Path.Combine(Path, "sessions.db");
    }

    public string Path { get; }

    /// <summary>Where the store's file is.</summary>
    public string File { get; }

    /// <summary>A store over the file, which is not opened yet.</summary>
    internal SqliteDatabase New(Action<SqliteStoreOptions>? configure = null, IReadOnlyList<Migration>? migrations = null)
    {
        var options = new SqliteStoreOptions { Path = File };
        configure?.Invoke(options);
        return new SqliteDatabase(options, TimeProvider.System, NullLogger.Instance, migrations ?? Migrations.All);
    }

    /// <summary>A store that is open.</summary>
    internal async Task<SqliteDatabase> OpenAsync(Action<SqliteStoreOptions>? configure = null)
    {
        var database = New(configure);
        try
        {
            await database.OpenAsync(default);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection of the test's own, behind the store's back.</summary>
    internal SqliteConnection Connect() => SqliteConnection.Open(File, SqliteAccess.Write);

    /// <summary>What the file has, without its log: all there is after a store was closed.</summary>
    public byte[] Read() => System.IO.File.ReadAllBytes(File);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

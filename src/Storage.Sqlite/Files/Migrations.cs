using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;

namespace Sessions.Storage.Sqlite.Files;

/// <summary>Brings a file up to this build. Each step is a transaction of its own: a process that is killed leaves whole steps behind.</summary>
internal static class Migrations
{
    /// <summary>The steps that this build knows.</summary>
    public static IReadOnlyList<Migration> All { get; } = Migration.In(typeof(Migrations).Assembly);

    /// <returns>The steps that the file does not have yet.</returns>
    /// <exception cref="StoreFileException">The file has steps that this build does not know, or others under their numbers.</exception>
    public static Migration[] FindMissing(SqliteConnection connection, string path, IReadOnlyList<Migration> known)
    {
        var applied = ReadApplied(connection);
        for (var i = 0; i < applied.Count; i++)
        {
            Verify(applied[i], known.ElementAtOrDefault(i), path);
        }

        return [.. known.Skip(applied.Count)];
    }

    /// <summary>Applies steps, in order.</summary>
    public static void Apply(SqliteConnection connection, IReadOnlyList<Migration> missing, TimeProvider clock)
    {
        foreach (var step in missing)
        {
            connection.Execute("BEGIN IMMEDIATE");
            try
            {
                connection.Execute(step.Sql);
                using var note = connection.Prepare("INSERT INTO migration (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)");
                note.Bind(1, step.Version).Bind(2, step.Name).Bind(3, step.Checksum).Bind(4, Instants.Micros(clock.GetUtcNow())).Run();
                connection.Execute("COMMIT");
            }
            finally
            {
                if (connection.IsInTransaction)
                {
                    connection.Execute("ROLLBACK");
                }
            }
        }
    }

    private static List<Applied> ReadApplied(SqliteConnection connection)
    {
        var applied = new List<Applied>();
        if (connection.Scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'migration'") == 0)
        {
            return applied;
        }

        using var rows = connection.Prepare("SELECT version, name, checksum FROM migration ORDER BY version");
        while (rows.Step())
        {
            applied.Add(new Applied((int)rows.Int64(0), rows.Text(1), rows.Text(2)));
        }

        return applied;
    }

    private static void Verify(Applied found, Migration? known, string path)
    {
        if (found.Version != known?.Version)
        {
            throw new StoreFileException(
                StoreFileProblem.Newer,
                path,
                $"{path} has the migration {found.Version} ('{found.Name}'), which this build does not know. "
                + "Run a build that is at least as new as the one that wrote it.");
        }

        if (found.Checksum != known.Checksum)
        {
            throw new StoreFileException(
                StoreFileProblem.Foreign,
                path,
                $"The migration {found.Version} ('{found.Name}') of {path} is not the one of this build, {known}. "
                + "A changed build has written it; use a file of its own.");
        }
    }

    private sealed record Applied(int Version, string Name, string Checksum);
}

using Sessions.Storage.Sqlite.Engine;

namespace Sessions.Storage.Sqlite.Writing;

/// <summary>What a write works with: the writer's connection, and the numbers of namespaces.</summary>
internal class WriteSession(SqliteConnection connection) : IDisposable
{
    private const int MaxKnown = 65_536;

    private readonly Dictionary<string, long> namespaces = new(StringComparer.Ordinal);

    public SqliteConnection Connection => connection;

    /// <summary>A statement that is prepared once.</summary>
    /// <param name="sql">A constant.</param>
    public SqliteStatement Use(string sql) => connection.Use(sql);

    /// <summary>A namespace's number; null if it never had a session.</summary>
    public long? FindNamespace(string name)
    {
        if (namespaces.TryGetValue(name, out var number))
        {
            return number;
        }

        using var found = connection.Use("SELECT n FROM namespace WHERE name = ?1").Bind(1, name);
        return found.Step() ? Keep(name, found.Int64(0)) : null;
    }

    /// <summary>A namespace's number, given to it now if it has none.</summary>
    public long NumberOf(string name)
    {
        if (FindNamespace(name) is { } number)
        {
            return number;
        }

        connection.Use("INSERT INTO namespace (name) VALUES (?1)").Bind(1, name).Run();
        return Keep(name, connection.LastRow);
    }

    public void Begin() => connection.Use("BEGIN IMMEDIATE").Run();

    public virtual void Commit() => connection.Use("COMMIT").Run();

    /// <summary>Undoes everything since the beginning.</summary>
    public void Rollback()
    {
        namespaces.Clear();

        // After some errors the engine has done it already.
        if (connection.IsInTransaction)
        {
            connection.Use("ROLLBACK").Run();
        }
    }

    /// <summary>Runs a write, and undoes it alone if it fails.</summary>
    public void RunAlone(Action<WriteSession> write)
    {
        connection.Use("SAVEPOINT one").Run();
        try
        {
            write(this);
            connection.Use("RELEASE one").Run();
        }
        catch when (connection.IsInTransaction)
        {
            namespaces.Clear();
            connection.Use("ROLLBACK TO one").Run();
            connection.Use("RELEASE one").Run();
            throw;
        }
    }

    public void Dispose()
    {
        connection.Dispose();
        GC.SuppressFinalize(this);
    }

    private long Keep(string name, long number)
    {
        if (namespaces.Count >= MaxKnown)
        {
            namespaces.Clear();
        }

        namespaces[name] = number;
        return number;
    }
}

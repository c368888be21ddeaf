using Sessions.Storage.Sqlite.Engine;

namespace Sessions.Storage.Sqlite;

/// <summary>The numbers of a namespace and of all below it that have had a session.</summary>
internal static class NamespaceTree
{
    /// <summary>A condition on the text <c>name</c> and the parameter ?1. What lies below a namespace sorts between it with '/' and it with '0'.</summary>
    public const string IsWithin = "(name = ?1 OR (name > ?1 || '/' AND name < ?1 || '0'))";

    public static List<long> Read(SqliteConnection connection, SessionNamespace root)
    {
        using var rows = connection.Use($"SELECT n FROM namespace WHERE {IsWithin}").Bind(1, root.ToString());
        return Numbers(rows);
    }

    public static List<long> ReadOne(SqliteConnection connection, SessionNamespace name)
    {
        using var rows = connection.Use("SELECT n FROM namespace WHERE name = ?1").Bind(1, name.ToString());
        return Numbers(rows);
    }

    private static List<long> Numbers(SqliteStatement rows)
    {
        var numbers = new List<long>();
        while (rows.Step())
        {
            numbers.Add(rows.Int64(0));
        }

        return numbers;
    }
}

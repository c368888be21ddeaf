using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite.Statements;

/// <summary>Deletes a session with everything that refers to it.</summary>
internal static class DeleteStatements
{
    private static readonly string[] All =
    [
        "DELETE FROM event WHERE session = ?1",
        "DELETE FROM execution WHERE session = ?1",
        "DELETE FROM answer WHERE session = ?1",
        "DELETE FROM data_answer WHERE session = ?1",
        "DELETE FROM label WHERE session = ?1",
        "DELETE FROM data WHERE session = ?1",
        "DELETE FROM session WHERE n = ?1",
    ];

    public static void Run(WriteSession session, long n)
    {
        foreach (var statement in All)
        {
            session.Use(statement).Bind(1, n).Run();
        }
    }
}

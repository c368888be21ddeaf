using Npgsql;

namespace Sessions.Benchmarks.Workers;

/// <summary>What fills a database before anything is measured.</summary>
internal static class Seeding
{
    /// <summary>Runs a statement that may take minutes.</summary>
    /// <param name="source">The database.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">Those of <paramref name="sql"/>, from $1 on.</param>
    public static async Task SeedAsync(this NpgsqlDataSource source, string sql, params object[] parameters)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        await command.ExecuteNonQueryAsync();
    }
}

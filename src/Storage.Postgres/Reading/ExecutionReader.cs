using Npgsql;

namespace Sessions.Storage.Postgres.Reading;

/// <summary>Makes executions of rows with sequence, function, started_at, duration, outcome and depth, in this order.</summary>
internal static class ExecutionReader
{
    public static ExecutionRecord Read(NpgsqlDataReader row) => new()
    {
        Sequence = row.GetInt64(0),
        Function = FunctionName.Parse(row.GetString(1)),
        StartedAt = row.GetFieldValue<DateTimeOffset>(2),
        Duration = TimeSpan.FromTicks(row.GetInt64(3)),
        Outcome = (ExecutionOutcome)row.GetInt16(4),
        Depth = row.GetInt32(5),
    };
}

using Npgsql;
using NpgsqlTypes;

namespace Sessions.Storage.Postgres;

/// <summary>Parameters and commands of the store's statements, typed so that the server never has to guess.</summary>
internal static class SqlValues
{
    public static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    public static NpgsqlParameter<string[]> Texts(string[] values) =>
        new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    public static NpgsqlParameter<int> Limit(int value) => new() { TypedValue = value };

    public static NpgsqlParameter<DateTime> Instant(DateTimeOffset value) =>
        new() { TypedValue = value.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    /// <summary>A command with copies of the parameters, which another command may have as well.</summary>
    public static NpgsqlCommand Command(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter.Clone());
        }

        return command;
    }
}

using System.Text.Json;
using Npgsql;
using Sessions.Core.Stored;

namespace Sessions.Storage.Postgres.Reading;

/// <summary>Makes events of rows with session_id, sequence, type, namespace, actor, reason and body, in this order.</summary>
internal static class EventReader
{
    public static SessionEvent Read(NpgsqlDataReader row) => Read(row, 0);

    /// <param name="row">The row.</param>
    /// <param name="first">Where in it these columns begin.</param>
    public static SessionEvent Read(NpgsqlDataReader row, int first)
    {
        var body = JsonSerializer.Deserialize(row.GetString(first + 6), StoredJson.Default.SessionEventBody)
            ?? throw new JsonException("The event is null.");
        return new SessionEvent
        {
            SessionId = SessionId.Parse(row.GetString(first)),
            Sequence = row.GetInt64(first + 1),
            Type = Enum.TryParse<SessionEventType>(row.GetString(first + 2), out var type)
                ? type
                : throw new FormatException($"'{row.GetString(first + 2)}' is no type of event that this build knows."),
            Namespace = SessionNamespace.Parse(row.GetString(first + 3)),
            Address = body.Address,
            At = body.At,
            Version = body.Version,
            Cause = new SessionCause(
                Principal.Parse(row.GetString(first + 4)), row.IsDBNull(first + 5) ? null : row.GetString(first + 5), body.CommandId),
            Status = body.Status,
            ExpiresAt = body.ExpiresAt,
            EndReason = body.EndReason,
            Failure = body.Failure,
            Usage = body.Usage,
            Peer = body.Peer,
            Operations = body.Operations,
            PolicyRevision = body.PolicyRevision,
        };
    }
}

using System.Text.Json;
using Sessions.Core;
using Sessions.Storage.Sqlite.Engine;

namespace Sessions.Storage.Sqlite.Rows;

/// <summary>One entry of the log, as the file has it.</summary>
internal sealed class EventRow
{
    /// <summary>The columns to ask for, in this order, of <c>event AS e</c> with its <c>session AS s</c> and <c>namespace AS ns</c>.</summary>
    public const string Columns =
        "e.position, s.id, s.creator, ns.name, e.sequence, e.type, e.at, e.version, e.status, e.expires_at, e.actor, e.reason, e.command, e.rest";

    public const string Joined = "event AS e CROSS JOIN session AS s ON s.n = e.session CROSS JOIN namespace AS ns ON ns.n = e.namespace";

    private const int UuidBytes = 16;

    private EventRow(SessionEvent e, SessionRecord record, SessionAddress derived)
    {
        Sequence = e.Sequence;
        Type = (long)e.Type;
        At = Instants.Ticks(e.At);
        Version = e.Version;
        Status = (long)e.Status;
        ExpiresAt = Instants.Ticks(e.ExpiresAt);
        Actor = e.Cause.Actor == record.Creator ? null : StorableText.Of(e.Cause.Actor.ToString());
        Reason = e.Cause.Reason is { } reason ? StorableText.Of(reason) : null;
        Command = e.Cause.CommandId is { } command ? Guid.Parse(command.ToString()).ToByteArray(bigEndian: true) : null;
        Rest = EventRest.Of(e, derived) is { } rest ? JsonSerializer.SerializeToUtf8Bytes(rest, EventRestJson.Default.EventRest) : null;
    }

    public long Sequence { get; }

    public long Type { get; }

    public long At { get; }

    public long Version { get; }

    public long Status { get; }

    public long? ExpiresAt { get; }

    public byte[]? Actor { get; }

    public byte[]? Reason { get; }

    public byte[]? Command { get; }

    public byte[]? Rest { get; }

    public static EventRow[] Of(SessionSave save)
    {
        if (save.Events.IsEmpty)
        {
            return [];
        }

        var derived = SessionAddress.Derive(save.Record.Creator, save.Record.Id);
        return [.. save.Events.Select(e => new EventRow(e, save.Record, derived))];
    }

    /// <summary>The event of a row with <see cref="Columns"/>.</summary>
    /// <exception cref="FormatException">A build that knows more has written it.</exception>
    public static LoggedEvent Read(SqliteStatement row)
    {
        var (id, creator) = (SessionId.Of(row.Bytes(1)), Principal.Parse(row.Text(2)));
        var rest = row.IsNull(13) ? null : JsonSerializer.Deserialize(row.Bytes(13), EventRestJson.Default.EventRest);
        var type = (SessionEventType)row.Int64(5);
        return new LoggedEvent(new EventCursor(0, row.Int64(0)), new SessionEvent
        {
            SessionId = id,
            Sequence = row.Int64(4),
            Type = Enum.IsDefined(type) ? type : throw new FormatException($"{row.Int64(5)} is no type of event that this build knows."),
            Namespace = SessionNamespace.Parse(row.Text(3)),
            Address = rest?.Address ?? SessionAddress.Derive(creator, id),
            At = Instants.OfTicks(row.Int64(6)),
            Version = row.Int64(7),
            Cause = new SessionCause(
                row.IsNull(10) ? creator : Principal.Parse(row.Text(10)),
                row.NullableText(11),
                row.IsNull(12) ? null : CommandId.Parse(new Guid(row.Bytes(12)[..UuidBytes], bigEndian: true).ToString())),
            Status = (SessionStatus)row.Int64(8),
            ExpiresAt = row.NullableInt64(9) is { } end ? Instants.OfTicks(end) : null,
            EndReason = rest?.EndReason,
            Failure = rest?.Failure,
            Usage = rest?.Usage,
            Peer = rest?.Peer,
            Operations = rest?.Operations,
            PolicyRevision = rest?.PolicyRevision,
        });
    }
}

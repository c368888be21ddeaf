using System.Text.Json.Serialization;

namespace Sessions.Storage.Sqlite.Rows;

/// <summary>What few events have, in JSON. A field may be added; none may be renamed or change its meaning.</summary>
internal sealed record EventRest
{
    private static readonly EventRest None = new();

    /// <summary>Only where it is not the one that follows from the session's creator and id.</summary>
    public SessionAddress? Address { get; init; }

    public EndReason? EndReason { get; init; }

    public string? Failure { get; init; }

    public SessionUsage? Usage { get; init; }

    public SessionId? Peer { get; init; }

    public DataOperations? Operations { get; init; }

    public long? PolicyRevision { get; init; }

    /// <summary>Null if the event has nothing of it.</summary>
    public static EventRest? Of(SessionEvent e, SessionAddress derived)
    {
        var rest = new EventRest
        {
            Address = e.Address == derived ? null : e.Address,
            EndReason = e.EndReason,
            Failure = e.Failure,
            Usage = e.Usage,
            Peer = e.Peer,
            Operations = e.Operations,
            PolicyRevision = e.PolicyRevision,
        };
        return rest == None ? null : rest;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(EventRest))]
internal sealed partial class EventRestJson : JsonSerializerContext;

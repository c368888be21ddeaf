using Sessions.Cli.Parsing;
using Sessions.Client;
using Sessions.Core;

namespace Sessions.Cli.Tests;

/// <summary>The data of one session of a <see cref="RulesCluster"/>, with the refusals that a silo would answer.</summary>
internal sealed class RulesData(SessionId id, Func<SessionRecord?> record) : ISessionDataGrain
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, DataValue> values = new(StringComparer.Ordinal);
    private long version;

    public ValueTask<DataReply> Access(DataRequest request)
    {
        lock (gate)
        {
            if (record() is not { } session)
            {
                return Refuse(new() { Code = SessionErrorCode.SessionNotFound, Message = $"There is no session {id}." });
            }

            var key = request.Key.ToString();
            var present = values.GetValueOrDefault(key);
            return request.Verb switch
            {
                DataVerb.Get => new(new DataReply { Value = present, DataVersion = version }),
                DataVerb.List => new(new DataReply
                {
                    Entries =
                    [
                        .. values.Values
                            .Where(value => value.Key.ToString().StartsWith(request.Prefix, StringComparison.Ordinal)
                                && string.CompareOrdinal(value.Key.ToString(), request.After?.ToString()) > 0)
                            .Take(request.Limit)
                            .Select(value => new DataEntry(value.Key, value.Version, value.Value.Length)),
                    ],
                }),
                _ when session.EndedAt is not null => Refuse(new() { Code = SessionErrorCode.SessionNotActive, Message = "It has ended." }),
                _ when request.ExpectedVersion is { } expected && expected != (present?.Version ?? 0) => Refuse(new()
                {
                    Code = SessionErrorCode.VersionConflict,
                    ExpectedVersion = expected,
                    ActualVersion = present?.Version ?? 0,
                    Message = "It is at another version.",
                }),
                DataVerb.Put when session.Configuration.Quotas.DataBytes < request.Value.Length => Refuse(new()
                {
                    Code = SessionErrorCode.QuotaExceeded,
                    Dimension = "dataBytes",
                    Limit = session.Configuration.Quotas.DataBytes,
                    Message = "It does not fit.",
                }),
                DataVerb.Put => Done(() => values[key] = new DataValue { Key = request.Key, Version = version, Value = request.Value }),
                _ => Done(() => values.Remove(key)),
            };
        }
    }

    public ValueTask<DataReply> Reach(SessionId other, DataRequest request) => throw new NotSupportedException();

    public ValueTask<DataDecision> Explain(SessionId other, DataAccessRequest request) => throw new NotSupportedException();

    private ValueTask<DataReply> Done(Action change)
    {
        version++;
        change();
        return new(new DataReply { Version = version, DataVersion = version });
    }

    private ValueTask<DataReply> Refuse(SessionError error) => new(new DataReply { Refusal = error with { SessionId = id } });
}

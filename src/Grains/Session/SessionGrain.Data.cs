using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Grains.Data;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <summary>The session's data: who may touch it and in which order that is done. What is kept where is <see cref="DataDesk"/>'s.</summary>
internal sealed partial class SessionGrain : ISessionDataGrain
{
    private DataDesk? desk;
    private DataSpace? space;

    private DataDesk Desk => desk ??= new(silo.Data);

    // Worked out once: neither who made the session nor where it lives ever changes.
    private DataSpace Space => space ??= DataSpaces.Of(record!);

    public async ValueTask<DataReply> Access(DataRequest request) =>
        FindFault(request) is { } fault ? new() { Refusal = fault }
        : await MakeReady(request.SeenVersion) is { } refusal ? new() { Refusal = refusal }
        : await Do(request);

    private SessionError? FindFault(DataRequest? request) =>
        request is null ? SessionError.InvalidConfiguration(id, [new("request", "is missing")])
        : request.FindFaults() is { IsEmpty: false } faults ? SessionError.InvalidConfiguration(id, faults)
        : null;

    private async ValueTask<DataReply> Do(DataRequest request)
    {
        await Prove();
        try
        {
            return request.Verb switch
            {
                _ when request.Operation == DataOperations.Write => await Write(request),

                // Expiry is checked on every access, whether or not the sweep has come by.
                _ when DataLifecycle.IsGone(record!, silo.Time.GetUtcNow()) => new(),
                DataVerb.List => await Desk.List(Space, request),
                _ => await Desk.Get(Space, request.Key, request.SeenDataVersion),
            };
        }
        catch (StoreUnavailableException exception)
        {
            // The caller is told what the store said, a full disk for one, and that its value is as it was.
            LogDataNotDone(exception, id, request.Verb);
            return new()
            {
                Refusal = Refusals.Unavailable(id, $"The store did not do it, and nothing was changed: {exception.Message}", silo.Options.RetryAfter),
            };
        }
    }

    private async ValueTask<DataReply> Write(DataRequest request)
    {
        if (request.Verb == DataVerb.Put && !record!.HasData)
        {
            // Otherwise a crash between the two could leave data that nobody would ever drop.
            await Advance(current => current is null
                ? Decision.None
                : DataLifecycle.Begin(current, silo.Options.DataRetention, silo.Time.GetUtcNow()));
        }

        ImmutableArray<byte>? value = request.Verb == DataVerb.Put ? request.Value : null;
        var change = await Desk.Write(Space, new DataWrite(request.CommandId, request.Key, value, request.ExpectedVersion)
        {
            At = silo.Time.GetUtcNow(),
            Window = silo.Options.AnswerWindow,
        });
        return change.Outcome == DataOutcome.Written
            ? new() { Version = change.Version, DataVersion = change.DataVersion }
            : new() { DataVersion = change.DataVersion, Refusal = Refusals.NotWritten(id, request, change) };
    }

    /// <summary>Drops the data of a session that has ended, when it has been kept for long enough.</summary>
    private async ValueTask DropOldData()
    {
        if (record is { HasData: true } ended && DataLifecycle.IsGone(ended, silo.Time.GetUtcNow()))
        {
            await silo.Data.DropDataAsync(Space, CancellationToken.None);
            desk?.Forget();
            await Advance(current => current is null ? Decision.None : DataLifecycle.End(current, silo.Time.GetUtcNow()));
        }
    }

    [LoggerMessage(107, LogLevel.Warning, "Session {SessionId}: the store did not do a {Verb} of its data; nothing was changed.")]
    private partial void LogDataNotDone(Exception exception, SessionId sessionId, DataVerb verb);

    /// <summary>The session with what its data really takes: puts do not pass through the record.</summary>
    private SessionRecord? WithData(SessionRecord? live) => live is not null && desk?.Bytes is { } bytes && bytes != live.Usage.DataBytes
        ? live with { Usage = live.Usage with { DataBytes = bytes } }
        : live;
}

using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Sessions.Client;

/// <summary>
/// The data of a session: values of at most 64 KiB under keys of at most 128 bytes, charged with both to the session's quota of data
/// bytes (1 MiB where it states none). Thread-safe. It never shows anything older than it has shown or written before. Every call may
/// throw <see cref="InvalidConfigurationException"/> for a key or value beyond the caps, <see cref="SessionNotFoundException"/>, and
/// <see cref="UnavailableException"/> when there was no answer within <see cref="SessionsClientOptions.RetryBudget"/>.
/// </summary>
public sealed class SessionData
{
    private const int PageSize = 500;

    private readonly SessionsClient client;
    private readonly SessionHandle handle;
    private readonly SessionId? other;
    private readonly SessionContext? context;
    private readonly DataVersion seen;
    private ISessionDataGrain? grain;

    /// <param name="client">Makes the calls.</param>
    /// <param name="handle">The session that asks.</param>
    /// <param name="other">Whose data it is; null for that session's own.</param>
    /// <param name="context">The execution that asks; null where none does.</param>
    /// <param name="seen">The newest version of the data that was seen.</param>
    internal SessionData(SessionsClient client, SessionHandle handle, SessionId? other, SessionContext? context, DataVersion seen) =>
        (this.client, this.handle, this.other, this.context, this.seen) = (client, handle, other, context, seen);

    /// <summary>Whose data it is.</summary>
    public SessionId SessionId => other ?? handle.Id;

    private ISessionDataGrain Grain => grain ??= client.Grains.Data(handle.Id);

    /// <summary>The value under <paramref name="key"/> with its version; null if there is none.</summary>
    public async ValueTask<DataValue?> GetAsync(DataKey key, CancellationToken cancellationToken = default) =>
        (await AskAsync(new DataRequest { Verb = DataVerb.Get, Key = key }, null, cancellationToken)).Value;

    /// <summary>
    /// Puts a value, in the place of the one before or where there was none. Repeated by itself while its outcome is unknown, and done
    /// once.
    /// </summary>
    /// <param name="key">Under which key.</param>
    /// <param name="value">What to put; copied.</param>
    /// <param name="options">What it expects, and how it is named.</param>
    /// <param name="cancellationToken">Stops waiting; what was sent may still be done.</param>
    /// <returns>The version that it made, to expect in a later write.</returns>
    /// <exception cref="QuotaExceededException">It goes beyond the session's quota.</exception>
    /// <exception cref="VersionConflictException">The value has another version than the expected one.</exception>
    /// <exception cref="SessionNotActiveException">The session has ended, or has not been created yet.</exception>
    public async ValueTask<long> PutAsync(
        DataKey key, ReadOnlyMemory<byte> value, DataWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        // Before it is copied.
        if (value.Length > DataValue.MaxBytes)
        {
            throw SessionException.From(SessionError.InvalidConfiguration(
                SessionId, [new("value", $"has {value.Length} bytes, more than {DataValue.MaxBytes}")]));
        }

        var request = new DataRequest { Verb = DataVerb.Put, Key = key, Value = [.. value.Span] };
        return (await AskAsync(request, options ?? new(), cancellationToken)).Version;
    }

    /// <summary>Deletes a value, if there is one.</summary>
    /// <param name="key">Under which key.</param>
    /// <param name="options">What it expects, and how it is named.</param>
    /// <param name="cancellationToken">Stops waiting; what was sent may still be done.</param>
    /// <returns>The version that it made.</returns>
    /// <exception cref="VersionConflictException">The value has another version than the expected one.</exception>
    /// <exception cref="SessionNotActiveException">The session has ended, or has not been created yet.</exception>
    public async ValueTask<long> DeleteAsync(DataKey key, DataWriteOptions? options = null, CancellationToken cancellationToken = default) =>
        (await AskAsync(new DataRequest { Verb = DataVerb.Delete, Key = key }, options ?? new(), cancellationToken)).Version;

    /// <summary>The keys that begin with <paramref name="prefix"/>, in the order of their bytes, with versions and sizes.</summary>
    /// <param name="prefix">How they begin; empty for all.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <remarks>Read in pages: what is written meanwhile may be in it or not.</remarks>
    public async IAsyncEnumerable<DataEntry> ListAsync(
        string prefix = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        DataKey? after = null;
        while (true)
        {
            var request = new DataRequest { Verb = DataVerb.List, Prefix = prefix, After = after, Limit = PageSize };
            var page = (await AskAsync(request, null, cancellationToken)).Entries;
            foreach (var entry in page)
            {
                yield return entry;
                after = entry.Key;
            }

            if (page.Length < PageSize)
            {
                yield break;
            }
        }
    }

    /// <summary>
    /// Whether the session may do this with the other's data, and which rules decide; changes nothing and stands in no log. A refusal is a
    /// value here. Of a session's own data nothing is judged.
    /// </summary>
    /// <param name="operation">Read or Write.</param>
    /// <param name="key">Which key, or how the keys begin.</param>
    /// <param name="isPrefix">Whether it is how the keys begin, and all of those are meant.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask<DataDecision> ExplainAsync(
        DataOperations operation, string key, bool isPrefix = false, CancellationToken cancellationToken = default)
    {
        context?.ThrowIfOver();
        if (other is not { } owner)
        {
            return new();
        }

        var request = new DataAccessRequest { Operation = operation, Key = key, IsPrefix = isPrefix };
        return await client.Caller.CallAsync(
            new CallSubject("ExplainData", handle.Id),
            () => Grain.Explain(owner, request),
            static decision => decision.Refusal is { Code: SessionErrorCode.Unavailable } unavailable ? unavailable : null,
            cancellationToken);
    }

    private async ValueTask<DataReply> AskAsync(DataRequest bare, DataWriteOptions? options, CancellationToken cancellationToken)
    {
        context?.ThrowIfOver();
        var request = bare with
        {
            Actor = options?.Actor ?? client.Options.Actor,
            CommandId = options is null ? default : options.CommandId ?? client.NewCommandId(),
            ExpectedVersion = options?.ExpectedVersion,
            SeenVersion = handle.LastSeenVersion,
            SeenDataVersion = seen.Newest,
        };

        // Not only to save the trip: a lone surrogate arrives as another character.
        if (request.FindFaults() is { IsEmpty: false } faults)
        {
            throw SessionException.From(SessionError.InvalidConfiguration(SessionId, faults));
        }

        var reply = await client.Caller.CallAsync(
            new CallSubject(request.Verb + "Data", SessionId, request.CommandId.IsDefault ? null : request.CommandId),
            () => other is { } owner ? Grain.Reach(owner, request) : Grain.Access(request),
            static reply => reply.Refusal,
            cancellationToken);
        seen.See(reply.DataVersion);
        return reply;
    }
}

using System.Globalization;
using Orleans.Storage;
using Sessions.Core;

namespace Sessions.Storage;

/// <summary>
/// The store as Orleans sees it: a grain storage provider for session grains, and for nothing else. The ETag is the version.
/// </summary>
internal sealed class SessionGrainStorage(ISessionStore store) : IGrainStorage
{
    public const string ProviderName = "sessions";

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = Typed(grainState);
        SessionRecord? record = null;
        try
        {
            record = await store.ReadAsync(IdOf(grainId), CancellationToken.None);
            state.State = new SessionDocument { Record = record };
        }
        catch (StoreUnavailableException exception)
        {
            state.State = new SessionDocument { Unread = exception.Message };
        }

        state.RecordExists = record is not null;
        state.ETag = ETagOf(record);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = Typed(grainState);
        if (state.State is not { Record: { } record } document)
        {
            throw new ArgumentException("There is no record to write.", nameof(grainState));
        }

        var outcome = await store.SaveAsync(
            new SessionSave(record, document.Events) { Executions = document.Executions, LiveChange = document.LiveChange },
            CancellationToken.None);
        if (outcome.Limit is { } full)
        {
            state.State = document with { Full = full };
            return;
        }

        if (outcome != SaveOutcome.Saved)
        {
            throw new InconsistentStateException(
                $"The store holds another version of {record.Id} than the one before {record.Version}.", "unknown", state.ETag);
        }

        state.RecordExists = true;
        state.ETag = ETagOf(record);
    }

    // A session is never cleared: it ends, and retention removes it.
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        throw new NotSupportedException("Sessions are closed, not cleared.");

    private static IGrainState<SessionDocument> Typed<T>(IGrainState<T> grainState) =>
        grainState as IGrainState<SessionDocument>
        ?? throw new NotSupportedException($"The provider '{ProviderName}' stores sessions only, not {typeof(T)}.");

    private static SessionId IdOf(GrainId grainId) => SessionId.Parse(grainId.Key.ToString()!);

    private static string? ETagOf(SessionRecord? record) => record?.Version.ToString(CultureInfo.InvariantCulture);
}

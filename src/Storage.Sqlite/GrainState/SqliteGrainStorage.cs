using System.Globalization;
using Orleans.Runtime;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite.GrainState;

/// <summary>
/// What grains keep that are not sessions. A write is fenced by its etag in the statement that writes: of several that start from the same
/// state one wins, first writes among them.
/// </summary>
/// <param name="database">The file.</param>
/// <param name="serviceId">Whose states these are: several services may share a file.</param>
/// <param name="serializer">Makes bytes of states.</param>
/// <param name="activators">Makes the state of a grain that has none.</param>
internal sealed class SqliteGrainStorage(
    SqliteDatabase database, string serviceId, IGrainStorageSerializer serializer, IActivatorProvider activators) : IGrainStorage
{
    private const string Insert =
        """
        INSERT INTO grain_state (grain, state, service, version, payload) VALUES (?1, ?2, ?3, 1, ?4)
        ON CONFLICT (grain, state, service) DO NOTHING
        """;

    private const string Update =
        """
        UPDATE grain_state SET payload = ?4, version = version + 1
        WHERE grain = ?1 AND state = ?2 AND service = ?3 AND version = ?5
        """;

    private const string Version = "SELECT version FROM grain_state WHERE grain = ?1 AND state = ?2 AND service = ?3";

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = await database.ReadAsync<(long Version, byte[]? Payload)?>(
            connection =>
            {
                using var row = connection.Use(
                    "SELECT version, payload FROM grain_state WHERE grain = ?1 AND state = ?2 AND service = ?3");
                row.Bind(1, grainId.ToString()).Bind(2, stateName).Bind(3, serviceId);
                return row.Step() ? (row.Int64(0), row.IsNull(1) ? null : row.Bytes(1).ToArray()) : null;
            },
            CancellationToken.None);
        Show(grainState, found?.Version, found?.Payload is { } payload ? serializer.Deserialize<T>(BinaryData.FromBytes(payload)) : default);
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = serializer.Serialize(grainState.State).ToArray();
        var version = await WriteAsync(stateName, grainId, grainState.ETag, payload);
        (grainState.ETag, grainState.RecordExists) = (Text(version), true);
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is not { } etag)
        {
            await ReadStateAsync(stateName, grainId, grainState);
            if (grainState.RecordExists)
            {
                throw Conflict(stateName, grainId, stored: grainState.ETag, expected: null);
            }

            return;
        }

        Show(grainState, await WriteAsync(stateName, grainId, etag, payload: null), default);
    }

    private async Task<long> WriteAsync(string stateName, GrainId grainId, string? etag, byte[]? payload)
    {
        var expected = etag is null ? (long?)null : long.Parse(etag, CultureInfo.InvariantCulture);
        var (written, version) = await database.WriteAsync(
            session =>
            {
                var statement = session.Use(expected is null ? Insert : Update)
                    .Bind(1, grainId.ToString()).Bind(2, stateName).Bind(3, serviceId).Bind(4, payload);
                if (expected is not null)
                {
                    statement.Bind(5, expected);
                }

                return statement.Run() == 1 ? (true, (expected ?? 0) + 1) : (false, FindVersion(session, stateName, grainId));
            },
            CancellationToken.None);
        return written ? version!.Value : throw Conflict(stateName, grainId, version is { } stored ? Text(stored) : null, etag);
    }

    private long? FindVersion(WriteSession session, string stateName, GrainId grainId)
    {
        using var row = session.Use(Version).Bind(1, grainId.ToString()).Bind(2, stateName).Bind(3, serviceId);
        return row.Step() ? row.Int64(0) : null;
    }

    private void Show<T>(IGrainState<T> grainState, long? version, T? state)
    {
        grainState.RecordExists = state is not null;
        grainState.State = state ?? activators.GetActivator<T>().Create();
        grainState.ETag = version is { } number ? Text(number) : null;
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static InconsistentStateException Conflict(string stateName, GrainId grainId, string? stored, string? expected) => new(
        $"The state '{stateName}' of {grainId} is stored with the etag {stored ?? "none"}, and was to be written over {expected ?? "none"}.",
        stored ?? "",
        expected ?? "");
}

using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sessions.Core;
using Sessions.Core.Ownership;
using Sessions.Grains.Storage;

namespace Sessions.Benchmarks.Events;

/// <summary>A store that writes records and no events: what a session would cost that left no trace.</summary>
internal sealed class StoreWithoutLog(ISessionStore inner) : ISessionStore
{
    /// <summary>Puts one before the store of the silo, whose other ports stay as they are.</summary>
    public static void PutBefore(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton<ISessionStore>(
        provider => new StoreWithoutLog(provider.GetRequiredService<SessionStorage>().Sessions)));

    public ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken) =>
        inner.SaveAsync(save with { Events = [] }, cancellationToken);

    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken) => inner.ReadAsync(id, cancellationToken);

    public ValueTask<RecordedAnswer?> ReadAnswerAsync(SessionId id, CommandId command, CancellationToken cancellationToken) =>
        inner.ReadAnswerAsync(id, command, cancellationToken);

    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadEventsAsync(id, afterSequence, limit, cancellationToken);


    public ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadExecutionsAsync(id, afterSequence, limit, cancellationToken);

    public ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken) => inner.ReadEpochsAsync(ids, cancellationToken);

    public ValueTask<IReadOnlyDictionary<SessionId, StoredVersions>> ReadVersionsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken) => inner.ReadVersionsAsync(ids, cancellationToken);

    public Task ProveWriteAsync(CancellationToken cancellationToken) => inner.ProveWriteAsync(cancellationToken);

    public ValueTask<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => inner.ReadClockAsync(cancellationToken);
}

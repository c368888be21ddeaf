using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sessions.Core;
using Sessions.Grains.Storage;

namespace Sessions.Benchmarks.Events;

/// <summary>A store that writes records and no events: what a session would cost that left no trace.</summary>
internal sealed class StoreWithoutLog(ISessionStore inner) : ISessionStore
{
    private const string Real = "real";

    /// <summary>Puts one before the store that was registered, which stays what it is to everybody but those who save.</summary>
    public static void PutBefore(IServiceCollection services)
    {
        var registered = services.Last(service => service.ServiceType == typeof(ISessionStore));
        services.Remove(registered);
        services.AddKeyedSingleton(Real, (provider, _) => (ISessionStore)(
            registered.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!)));
        services.AddSingleton<ISessionStore>(provider => new StoreWithoutLog(RealOf(provider)));
        services.Replace(ServiceDescriptor.Singleton(provider => (IEventLog)RealOf(provider)));
        services.Replace(ServiceDescriptor.Singleton(provider => (IPolicyStore)RealOf(provider)));
        services.Replace(ServiceDescriptor.Singleton(provider => (IOperationStore)RealOf(provider)));
        services.Replace(ServiceDescriptor.Singleton(provider => (ISessionDataStore)RealOf(provider)));
        services.Replace(ServiceDescriptor.Singleton(provider => (ISessionSearch)RealOf(provider)));
        services.Replace(ServiceDescriptor.Singleton(provider => (IDueSessions)RealOf(provider)));
    }

    private static ISessionStore RealOf(IServiceProvider provider) => provider.GetRequiredKeyedService<ISessionStore>(Real);

    public ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken) =>
        inner.SaveAsync(save with { Events = [] }, cancellationToken);

    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public ValueTask<SessionRecord?> ReadAsync(SessionId id, CancellationToken cancellationToken) => inner.ReadAsync(id, cancellationToken);

    public ValueTask<ImmutableArray<SessionEvent>> ReadEventsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadEventsAsync(id, afterSequence, limit, cancellationToken);


    public ValueTask<ImmutableArray<ExecutionRecord>> ReadExecutionsAsync(
        SessionId id, long afterSequence, int limit, CancellationToken cancellationToken) =>
        inner.ReadExecutionsAsync(id, afterSequence, limit, cancellationToken);

    public ValueTask<IReadOnlyDictionary<SessionId, long>> ReadEpochsAsync(
        IReadOnlyCollection<SessionId> ids, CancellationToken cancellationToken) => inner.ReadEpochsAsync(ids, cancellationToken);

    public Task PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Core;
using Orleans.Runtime;
using Orleans.Timers;
using Sessions.Grains.Session;

namespace Sessions.Testing.InMemory;

/// <summary>
/// The grains of Sessions in this process, without a silo: the classes that a silo hosts, found by the interfaces that they implement.
/// </summary>
internal sealed class LocalGrains(IServiceProvider services) : IGrainFactory, IGrainRuntime, ITimerRegistry
{
    private static readonly ImmutableArray<Type> Kinds =
        [.. typeof(SessionGrain).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Grain)) && type.IsDefined(typeof(GrainTypeAttribute)))];

    private static readonly ConcurrentDictionary<Type, Type> KindsByInterface = new();

    private readonly ConcurrentDictionary<(Type Kind, GrainId Id), LocalGrain> grains = new();

    public IServiceProvider Services => services;

    public IServiceProvider ServiceProvider => services;

    public ImmutableArray<IIncomingGrainCallFilter> Filters =>
        field.IsDefault ? field = [.. services.GetServices<IIncomingGrainCallFilter>()] : field;

    public IGrainFactory GrainFactory => this;

    public ITimerRegistry TimerRegistry => this;

    public string SiloIdentity => "in-memory";

    public SiloAddress SiloAddress => SiloAddress.Zero;

    /// <summary>The activation of a grain; made where there is none.</summary>
    public LocalGrain Find(Type kind, GrainId id) => grains.GetOrAdd((kind, id), static (key, self) => new LocalGrain(self, key.Kind, key.Id), this);

    /// <summary>The activation of a grain if there is one.</summary>
    public LocalGrain? FindActive(Type kind, string key) => grains.GetValueOrDefault((kind, IdOf(kind, key)));

    /// <summary>The activation of a grain; made where there is none.</summary>
    public LocalGrain Find(Type kind, string key) => Find(kind, IdOf(kind, key));

    /// <summary>Has the next call make another activation.</summary>
    public void Forget(LocalGrain grain) => grains.TryRemove(KeyValuePair.Create((grain.Kind, grain.GrainId), grain));

    /// <summary>Makes the object of an activation, as a silo does: what it needs of the runtime it finds in the runtime's context.</summary>
    public Grain Make(LocalGrain context) =>
        RuntimeContextAccess.Within(context, () => (Grain)ActivatorUtilities.CreateInstance(services, context.Kind));

    /// <summary>Ends all activations.</summary>
    public Task StopAsync() => Task.WhenAll(grains.Values.Select(grain =>
        grain.DeactivateAsync(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The test has ended."))));

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        var kind = KindOf(typeof(TGrainInterface));
        return LocalReference.Of<TGrainInterface>(this, kind, IdOf(kind, primaryKey));
    }

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey
    {
        var kind = KindOf(typeof(TGrainInterface));
        return LocalReference.Of<TGrainInterface>(this, kind, GrainId.Create(TypeOf(kind), GrainIdKeyExtensions.CreateIntegerKey(primaryKey)));
    }

    /// <summary>An observer of this process is called as it is.</summary>
    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => (TGrainObserverInterface)obj;

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        // There is no reference beside the object.
    }

    public void DeactivateOnIdle(IGrainContext grainContext) => grainContext.Deactivate(
        new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The grain asked for it."), CancellationToken.None);

    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan)
    {
        // No activation ends for idleness.
    }

    public IStorage<TGrainState> GetStorage<TGrainState>(IGrainContext grainContext) => throw NotOffered();

    public IDisposable RegisterTimer(
        IGrainContext grainContext, Func<object?, Task> asyncCallback, object? state, TimeSpan dueTime, TimeSpan period) => throw NotOffered();

    public IGrainTimer RegisterGrainTimer<TState>(
        IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        var grain = (LocalGrain)grainContext;
        var timer = new LocalTimer(grain, stopping => callback(state, stopping), options);
        grain.Keep(timer);
        return timer;
    }

    TGrainInterface IGrainFactory.GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix) => throw NotOffered();

    TGrainInterface IGrainFactory.GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix) => throw NotOffered();

    TGrainInterface IGrainFactory.GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix) => throw NotOffered();

    TGrainInterface IGrainFactory.GetGrain<TGrainInterface>(GrainId grainId) => throw NotOffered();

    IGrain IGrainFactory.GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw NotOffered();

    IGrain IGrainFactory.GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw NotOffered();

    IGrain IGrainFactory.GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw NotOffered();

    IGrain IGrainFactory.GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw NotOffered();

    IGrain IGrainFactory.GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw NotOffered();

    IAddressable IGrainFactory.GetGrain(GrainId grainId) => throw NotOffered();

    IAddressable IGrainFactory.GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => throw NotOffered();

    IAddressable IGrainFactory.GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw NotOffered();

    IAddressable IGrainFactory.GetGrain(Type interfaceType, IdSpan grainKey) => throw NotOffered();

    private static NotSupportedException NotOffered() =>
        new("The in-memory client has the grains of Sessions only; test grains of your own on a SessionsTestCluster.");

    private static Type KindOf(Type grainInterface) => KindsByInterface.GetOrAdd(
        grainInterface, static wanted => Kinds.SingleOrDefault(kind => kind.IsAssignableTo(wanted)) ?? throw NotOffered());

    private static GrainId IdOf(Type kind, string key) => GrainId.Create(TypeOf(kind), IdSpan.Create(key));

    private static GrainType TypeOf(Type kind) => kind.GetCustomAttribute<GrainTypeAttribute>()!.GetGrainType(null!, null!);
}

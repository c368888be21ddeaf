using System.Reflection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Sessions.Testing.InMemory;

/// <summary>
/// One activation in this process: its calls run on a scheduler of its own, one turn at a time, and take turns unless they interleave,
/// as in a silo.
/// </summary>
internal sealed class LocalGrain : IGrainContext, IDisposable
{
    private readonly LocalGrains grains;
    private readonly TaskScheduler scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
    private readonly SemaphoreSlim turn = new(1);
    private readonly bool isReentrant;
    private readonly Lazy<Task<Grain>> activation;
    private readonly TaskCompletionSource deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LocalTimer> timers = [];
    private Grain? instance;

    public LocalGrain(LocalGrains grains, Type kind, GrainId id)
    {
        (this.grains, Kind, GrainId) = (grains, kind, id);
        isReentrant = kind.IsDefined(typeof(ReentrantAttribute), inherit: false) || kind.IsDefined(typeof(StatelessWorkerAttribute), inherit: false);
        activation = new(() => Schedule(ActivateAsync));
    }

    /// <summary>The class of the grain.</summary>
    public Type Kind { get; }

    public GrainId GrainId { get; }

    public object? GrainInstance => instance;

    public ActivationId ActivationId { get; } = ActivationId.NewId();

    public IServiceProvider ActivationServices => grains.Services;

    public Task Deactivated => deactivated.Task;

    public GrainReference GrainReference => throw NotOffered();

    public GrainAddress Address => throw NotOffered();

    public IGrainLifecycle ObservableLifecycle => throw NotOffered();

    public IWorkItemScheduler Scheduler => throw NotOffered();

    /// <summary>Calls a method of one of the grain's interfaces, through the filters of the silo and of the grain.</summary>
    public Task<object?> CallAsync(MethodInfo method, object?[] arguments) => RunAsync(
        isReentrant || method.IsDefined(typeof(AlwaysInterleaveAttribute), inherit: false),
        grain => new LocalCall(this, grain, method, arguments, grains.Filters).RunAsync());

    /// <summary>Runs something on the grain's scheduler.</summary>
    /// <param name="interleaves">Whether it does not wait for the calls before it.</param>
    /// <param name="work">What to run.</param>
    public async Task<T> RunAsync<T>(bool interleaves, Func<Grain, Task<T>> work)
    {
        var grain = await activation.Value;
        return await Schedule(async () =>
        {
            if (interleaves)
            {
                return await work(grain);
            }

            await turn.WaitAsync();
            try
            {
                return await work(grain);
            }
            finally
            {
                turn.Release();
            }
        });
    }

    /// <summary>Ends with the timer that it keeps track of.</summary>
    public void Keep(LocalTimer timer)
    {
        lock (timers)
        {
            timers.Add(timer);
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) =>
        _ = DeactivateAsync(deactivationReason);

    /// <summary>Lets those who wait in the grain go. The next call finds another activation.</summary>
    public async Task DeactivateAsync(DeactivationReason reason)
    {
        grains.Forget(this);
        LocalTimer[] kept;
        lock (timers)
        {
            kept = [.. timers];
        }

        Array.ForEach(kept, timer => timer.Dispose());
        if (activation.IsValueCreated && deactivated.TrySetResult())
        {
            await RunAsync(interleaves: true, async grain =>
            {
                await grain.OnDeactivateAsync(reason, CancellationToken.None);
                return true;
            });
        }
    }

    public object? GetTarget() => instance;

    public object? GetComponent(Type componentType) => null;

    public void SetComponent<TComponent>(TComponent? value)
        where TComponent : class => throw NotOffered();

    public void ReceiveMessage(object message) => throw NotOffered();

    public void Activate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) => throw NotOffered();

    public void Rehydrate(IRehydrationContext context) => throw NotOffered();

    public void Migrate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default)
    {
        // There is nowhere to go.
    }

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => GrainId.GetHashCode();

    public void Dispose() => turn.Dispose();

    private static NotSupportedException NotOffered() => new("The in-memory grains offer only what the grains of Sessions use.");

    private async Task<Grain> ActivateAsync()
    {
        var grain = grains.Make(this);
        instance = grain;
        await grain.OnActivateAsync(CancellationToken.None);
        return grain;
    }

    private Task<T> Schedule<T>(Func<Task<T>> work)
    {
        // What flows with the caller, its session for one, does not reach a grain in a silo either.
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();
        }
    }
}

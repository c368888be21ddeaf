using Orleans;
using Orleans.Runtime;

namespace Sessions.Testing.InMemory;

/// <summary>Starts and stops what takes part in the life of a silo, stage by stage.</summary>
internal sealed class LocalLifecycle : ISiloLifecycle
{
    private readonly List<(int Stage, ILifecycleObserver Observer)> observers = [];

    public int HighestCompletedStage { get; private set; } = int.MinValue;

    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        observers.Add((stage, observer));
        return new Nothing();
    }

    public async Task StartAsync()
    {
        foreach (var (stage, observer) in observers.OrderBy(one => one.Stage))
        {
            await observer.OnStart(CancellationToken.None);
            HighestCompletedStage = stage;
        }
    }

    public async Task StopAsync()
    {
        foreach (var (stage, observer) in observers.OrderByDescending(one => one.Stage))
        {
            await observer.OnStop(CancellationToken.None);
            LowestStoppedStage = stage;
        }
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
            // Who takes part takes part until the end.
        }
    }
}

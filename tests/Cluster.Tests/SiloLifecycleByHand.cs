namespace Sessions.Cluster.Tests;

/// <summary>A silo of which only the one loop runs that took part in it.</summary>
internal sealed class SiloLifecycleByHand : ISiloLifecycle
{
    private ILifecycleObserver? loop;

    public int HighestCompletedStage => ServiceLifecycleStage.First;

    public int LowestStoppedStage => ServiceLifecycleStage.Last;

    public Task StartAsync() => loop!.OnStart(CancellationToken.None);

    public Task StopAsync() => loop!.OnStop(CancellationToken.None);

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        loop = observer;
        return new CancellationTokenSource();
    }
}

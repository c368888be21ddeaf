namespace Sessions.Cli.Tests;

/// <summary>Tests of the tool, each on a cluster of its own.</summary>
public abstract class ClusterTests : IAsyncLifetime, IAsyncDisposable
{
    private protected TestCluster Cluster { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();
}

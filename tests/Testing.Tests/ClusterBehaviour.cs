namespace Sessions.Testing.Tests;

/// <summary>The common behaviour on a cluster of two silos, which the tests share.</summary>
public sealed class ClusterBehaviour(SharedCluster shared) : HostBehaviour, IClassFixture<SharedCluster>
{
    protected override SessionsTestHost Host => shared.Cluster;
}

/// <summary>A cluster for the tests of a class.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    public SessionsTestCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync() => Cluster = await SessionsTestCluster.StartAsync(options => options.Silos = 2);

    public Task DisposeAsync() => Cluster.DisposeAsync().AsTask();
}

namespace Sessions.Testing.Tests;

/// <summary>The common behaviour in memory, one host for each test.</summary>
public sealed class InMemoryBehaviour : HostBehaviour, IAsyncLifetime, IAsyncDisposable
{
    private readonly InMemorySessions sessions = new();

    protected override SessionsTestHost Host => sessions;

    public Task InitializeAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();
}

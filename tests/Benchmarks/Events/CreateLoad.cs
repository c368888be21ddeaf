using Sessions.Client;

namespace Sessions.Benchmarks;

/// <summary>Creates sessions as fast as the node takes them.</summary>
internal sealed class CreateLoad(string gateway) : IWorker
{
    public const int Callers = 32;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    private static readonly CreateSessionOptions Options = new()
    {
        Namespace = SessionNamespace.Parse("bench"),
        Creator = Principal.Parse("bench"),
    };

    private readonly BenchSessions sessions = new(gateway);

    public Task StartAsync() => sessions.StartAsync();

    public Task<TurnResult> TurnAsync(string turn) =>
        CallLoop.RunAsync(Callers, Duration, async _ => await sessions.Client.CreateAsync(Options));

    public ValueTask DisposeAsync() => sessions.DisposeAsync();
}

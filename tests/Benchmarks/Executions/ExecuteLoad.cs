using Sessions.Benchmarks.Workers;
using Sessions.Client;

namespace Sessions.Benchmarks.Executions;

/// <summary>
/// Executions of nothing, one after the other by many callers: leased, each caller in a session of its own; or strict, all of them in
/// one, and the session asked for each.
/// </summary>
internal sealed class ExecuteLoad(string gateway, bool strict) : IWorker
{
    public const int Callers = 50;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);
    private static readonly FunctionName Function = FunctionName.Parse("bench.run");

    private readonly BenchSessions sessions = new(gateway);
    private readonly ExecuteOptions options = new() { Strict = strict };
    private SessionHandle[] handles = [];

    public async Task StartAsync()
    {
        await sessions.StartAsync();
        handles = new SessionHandle[strict ? 1 : Callers];
        for (var n = 0; n < handles.Length; n++)
        {
            handles[n] = await sessions.OpenAsync(BenchSessions.AllQuotas);
        }
    }

    public async Task<TurnResult> TurnAsync(string turn)
    {
        var next = -1;
        var mine = new AsyncLocal<SessionHandle?>();
        return await CallLoop.RunAsync(
            Callers,
            Duration,
            async n =>
            {
                var handle = mine.Value ??= handles[Interlocked.Increment(ref next) % handles.Length];
                await handle.ExecuteAsync(Function, static _ => ValueTask.CompletedTask, options);
            });
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();
}

using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sessions.Benchmarks.Workers;
using Sessions.Client;
using Sessions.Grains.Hosting;

namespace Sessions.Benchmarks.Executions;

/// <summary>
/// Pauses and resumes a session over and over: while holders of their own execute in it all the time, or while nobody does. The
/// third turn is for a process that is going to be killed: it holds a lease and says so.
/// </summary>
internal sealed class FenceLoad(string gateway, string? session) : IWorker
{
    public const string Alone = "alone";
    public const string Held = "held";

    /// <summary>Takes a lease and keeps it.</summary>
    public const string Hold = "hold";

    public const string P99 = "p99 ms";
    public const string Longest = "longest ms";

    private const int Holders = 10;
    private const int Pauses = 200;
    private static readonly FunctionName Function = FunctionName.Parse("bench.run");

    private readonly BenchSessions sessions = new(gateway);
    private SessionsClient[] clients = [];

    public async Task StartAsync()
    {
        await sessions.StartAsync();
        var options = ((IOptions<SessionsClientOptions>)sessions.Services.GetService(typeof(IOptions<SessionsClientOptions>))!).Value;
        var grains = new ClusterGrains((IGrainFactory)sessions.Services.GetService(typeof(IGrainFactory))!);
        clients = [.. Enumerable.Range(0, Holders)
            .Select(_ => new SessionsClient(grains, options, TimeProvider.System, NullLogger<SessionsClient>.Instance))];
    }

    public async Task<TurnResult> TurnAsync(string turn)
    {
        if (turn == Hold)
        {
            await clients[0].Get(SessionId.Parse(session!)).AdmitAsync(Function);
            return new TurnResult();
        }

        var handle = await sessions.OpenAsync(BenchSessions.AllQuotas);
        using var stop = new CancellationTokenSource();
        var holders = turn == Held
            ? clients.Select(client => Task.Run(() => ExecuteAsync(client.Get(handle.Id), stop.Token))).ToArray()
            : [];
        var milliseconds = new double[Pauses];
        for (var n = 0; n < Pauses; n++)
        {
            await Task.WhenAll(turn == Held ? clients.Select(client => client.Get(handle.Id).ExecuteAsync(Function, static _ => ValueTask.CompletedTask).AsTask()) : []);
            var begun = Stopwatch.GetTimestamp();
            await handle.PauseAsync();
            milliseconds[n] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            await handle.ResumeAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(holders);
        await handle.CloseAsync();
        Array.Sort(milliseconds);
        return new TurnResult
        {
            Operations = Pauses,
            Seconds = milliseconds.Sum() / 1000,
            More = new Dictionary<string, double> { [P99] = milliseconds[Pauses * 99 / 100], [Longest] = milliseconds[^1] },
        };
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    // Slowly enough to leave the machine to the fence, often enough that every holder has a lease whenever one is called back.
    private static async Task ExecuteAsync(SessionHandle session, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await session.ExecuteAsync(
                    Function,
                    static context => new ValueTask(Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, context.CancellationToken)),
                    cancellationToken: CancellationToken.None);
            }
            catch (SessionException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}

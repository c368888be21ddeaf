using System.Diagnostics;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;
using Sessions.Client;

namespace Sessions.Benchmarks.Events;

/// <summary>Sessions created and closed at a pace that makes so many events in a second, whatever each of them takes.</summary>
internal sealed class PacedEventLoad(string gateway) : IWorker
{
    public const int EventsPerSecond = 2000;

    /// <summary>How long one turn makes events.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    // Created, closing, closed.
    private const int EventsEach = 3;

    private static readonly CreateSessionOptions Options = new()
    {
        Namespace = SessionNamespace.Parse(EventSubscriberLoad.Namespace),
        Creator = Principal.Parse("bench"),
    };

    private readonly BenchSessions sessions = new(gateway);

    public Task StartAsync() => sessions.StartAsync();

    public async Task<TurnResult> TurnAsync(string turn)
    {
        var lives = new List<Task>();
        var start = Stopwatch.GetTimestamp();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        while (Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < Duration)
        {
            for (var due = elapsed.TotalSeconds * EventsPerSecond / EventsEach; lives.Count < due;)
            {
                lives.Add(LiveAsync());
            }

            await pace.WaitForNextTickAsync();
        }

        await Task.WhenAll(lives);
        return new TurnResult { Operations = lives.Count * EventsEach, Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    private async Task LiveAsync()
    {
        var session = await sessions.Client.CreateAsync(Options);
        await session.CloseAsync();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;
using Sessions.Grains.Hosting;

namespace Sessions.Benchmarks.Time;

/// <summary>
/// A few callers who create sessions and ask sessions that they have, at a pace that leaves the node most of its time: what users notice of
/// whatever else it does. It goes on by itself; a turn says under which name the calls that begin from now on are noted, and tells how
/// long those took that the name before it has so far.
/// </summary>
internal sealed class PacedCallsLoad(string gateway) : IWorker
{
    public const int Callers = 8;
    public const int CreationsPerSecond = 300;
    public const int AuthorizationsPerSecond = 300;

    /// <summary>What a <see cref="TurnResult"/> says of how long a creation took, in milliseconds.</summary>
    public const string Creation = "creation p99";

    /// <summary>The same of an authorization.</summary>
    public const string Authorization = "authorization p99";

    private static readonly AdmissionRequest Request = new(FunctionName.Parse("bench.run"));

    private readonly BenchSessions sessions = new(gateway);
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<string, Noted> all = [];
    private Noted noted = new();
    private Task calls = Task.CompletedTask;

    public async Task StartAsync()
    {
        await sessions.StartAsync();
        calls = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(caller))));
    }

    public async Task<TurnResult> TurnAsync(string turn)
    {
        if (calls.IsCompleted)
        {
            await calls;
        }

        if (!all.TryGetValue(turn, out var next))
        {
            all.Add(turn, next = new());
        }

        var before = Interlocked.Exchange(ref noted, next);
        return new TurnResult
        {
            Operations = before.Creations.Count,
            More = new Dictionary<string, double> { [Creation] = P99(before.Creations), [Authorization] = P99(before.Authorizations) },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await calls.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await sessions.DisposeAsync();
        stop.Dispose();
    }

    private static double P99(ConcurrentQueue<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length * 99 / 100];
    }

    private async Task CallAsync(int caller)
    {
        var own = await sessions.OpenAsync(BenchSessions.AllQuotas);
        var version = (await own.GetAsync()).Version;
        var grain = sessions.Services.GetRequiredService<IGrainFactory>().GetSession(own.Id);
        var creation = BenchSessions.Creation(SessionOverrides.None);
        const double PerSecond = (double)(CreationsPerSecond + AuthorizationsPerSecond) / Callers;
        var began = Stopwatch.GetTimestamp();
        for (var n = 0L; !stop.IsCancellationRequested; n++)
        {
            // Who is behind its pace has waited for the call before: that counts as well.
            var planned = began + (long)((n + ((double)caller / Callers)) / PerSecond * Stopwatch.Frequency);
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), planned) is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(left, TimeProvider.System, stop.Token);
                planned = Stopwatch.GetTimestamp();
            }

            var here = Volatile.Read(ref noted);
            if (n % 2 == 0)
            {
                await sessions.Client.CreateAsync(creation);
                here.Creations.Enqueue(Stopwatch.GetElapsedTime(planned).TotalMilliseconds);
            }
            else
            {
                Check(await grain.Authorize(Request, version));
                here.Authorizations.Enqueue(Stopwatch.GetElapsedTime(planned).TotalMilliseconds);
            }
        }
    }

    // Otherwise a fast refusal would pass for a fast admission.
    private static void Check(AdmissionDecision decision)
    {
        if (!decision.IsAdmitted)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Refused: {decision.Refusal}"));
        }
    }

    private sealed class Noted
    {
        public ConcurrentQueue<double> Creations { get; } = new();

        public ConcurrentQueue<double> Authorizations { get; } = new();
    }
}

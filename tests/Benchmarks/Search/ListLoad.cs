using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Search;

/// <summary>Asks for pages of lists, or for single sessions, one after the other.</summary>
internal sealed class ListLoad(string gateway) : IWorker
{
    /// <summary>What a <see cref="TurnResult"/> says of how long one answer took, in milliseconds.</summary>
    public const string P50 = "p50";

    /// <inheritdoc cref="P50"/>
    public const string P99 = "p99";

    private const string PageWord = "page";
    private const string SessionWord = "session";

    private readonly BenchSessions sessions = new(gateway);

    /// <summary>The turn that asks so often for a page of a list: the first one, or one that so many others come before.</summary>
    public static string Pages(string kind, int times, int before = 0) =>
        string.Create(CultureInfo.InvariantCulture, $"{PageWord} {kind} {times} {before}");

    /// <summary>The turn that asks for so many of the first sessions.</summary>
    public static string Sessions(int times, int count) => string.Create(CultureInfo.InvariantCulture, $"{SessionWord} {times} {count}");

    public Task StartAsync() => sessions.StartAsync();

    public async Task<TurnResult> TurnAsync(string turn)
    {
        switch (turn.Split(' '))
        {
            case [PageWord, var kind, var times, var before]:
                var request = await TurnTo(ListKinds.FirstPage(kind), int.Parse(before, CultureInfo.InvariantCulture));
                return await RunAsync(times, async _ => await sessions.Client.ListPageAsync(request));

            case [SessionWord, var times, var count]:
                var grain = sessions.Services.GetRequiredService<IGrainFactory>().GetGrain<IPointReadGrain>(0);
                var most = int.Parse(count, CultureInfo.InvariantCulture);
                return await RunAsync(times, async n =>
                {
                    var id = SearchableSessions.Id(n * 7919L % most);
                    if ((await grain.Read(id))?.Id != id)
                    {
                        throw new InvalidOperationException($"There is no session {id}.");
                    }
                });

            default:
                throw new ArgumentException($"There is no turn '{turn}'.");
        }
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    // To the last page, where there are fewer.
    private async Task<ListSessions> TurnTo(ListSessions request, int before)
    {
        for (var n = 0; n < before && (await sessions.Client.ListPageAsync(request)).Next is { } next; n++)
        {
            request = request with { After = next };
        }

        return request;
    }

    private static async Task<TurnResult> RunAsync(string times, Func<int, Task> ask)
    {
        var milliseconds = new double[int.Parse(times, CultureInfo.InvariantCulture)];
        var (cpu, began) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        for (var n = 0; n < milliseconds.Length; n++)
        {
            var asked = Stopwatch.GetTimestamp();
            await ask(n);
            milliseconds[n] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
        }

        Array.Sort(milliseconds);
        return new TurnResult
        {
            Operations = milliseconds.Length,
            Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            More = new Dictionary<string, double>
            {
                [P50] = milliseconds[milliseconds.Length / 2],
                [P99] = milliseconds[(int)Math.Ceiling(milliseconds.Length * 0.99) - 1],
            },
        };
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Workers;

namespace Sessions.Benchmarks.Creations;

/// <summary>Makes sessions as fast as the node takes them.</summary>
internal sealed class CreationLoad(string gateway) : IWorker
{
    /// <summary>What a <see cref="TurnResult"/> says of how long one session took, in milliseconds.</summary>
    public const string P50 = "p50";

    /// <inheritdoc cref="P50"/>
    public const string P99 = "p99";

    private const string CreateWord = "create";
    private const string ActivateWord = "create-activate";
    private const string StockWord = "stock";

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    private readonly BenchSessions sessions = new(gateway);

    /// <summary>The turn that creates sessions.</summary>
    public static string Create(int callers) => Turn(CreateWord, callers);

    /// <summary>The turn that creates and activates sessions.</summary>
    public static string CreateAndActivate(int callers) => Turn(ActivateWord, callers);

    /// <summary>The turn that does the same with <see cref="IStockSessionGrain"/>.</summary>
    public static string Stock(int callers) => Turn(StockWord, callers);

    public Task StartAsync() => sessions.StartAsync();

    public Task<TurnResult> TurnAsync(string turn)
    {
        var options = BenchSessions.Creation(SessionOverrides.None);
        var grains = sessions.Services.GetRequiredService<IGrainFactory>();
        return turn.Split(' ') switch
        {
            [CreateWord, var callers] => RunAsync(callers, async () => await sessions.Client.CreateAsync(options)),
            [ActivateWord, var callers] => RunAsync(callers, async () => await (await sessions.Client.CreateAsync(options)).ActivateAsync()),
            [StockWord, var callers] => RunAsync(callers, async () =>
            {
                var grain = grains.GetGrain<IStockSessionGrain>(SessionId.New().ToString());
                Check(await grain.Create(new() { Actor = options.Creator, Specification = options.Specification }));
                Check(await grain.Activate(new() { Actor = options.Creator }));
            }),
            _ => throw new ArgumentException($"There is no turn '{turn}'."),
        };
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    /// <summary>Makes sessions for a while, and says how long each of them took.</summary>
    /// <param name="callers">How many make them.</param>
    /// <param name="make">Makes one session.</param>
    public static async Task<TurnResult> RunAsync(string callers, Func<Task> make)
    {
        var milliseconds = new ConcurrentQueue<double>();
        var result = await CallLoop.RunAsync(int.Parse(callers, CultureInfo.InvariantCulture), Duration, async _ =>
        {
            var start = Stopwatch.GetTimestamp();
            await make();
            milliseconds.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        });
        var sorted = milliseconds.Order().ToArray();
        return result with
        {
            More = new Dictionary<string, double> { [P50] = sorted[sorted.Length / 2], [P99] = sorted[sorted.Length * 99 / 100] },
        };
    }

    private static string Turn(string what, int callers) => string.Create(CultureInfo.InvariantCulture, $"{what} {callers}");

    // Otherwise a fast refusal would pass for a fast creation.
    private static void Check(SessionReply reply)
    {
        if (reply.Snapshot is null)
        {
            throw new InvalidOperationException($"Refused: {reply.Refusal}");
        }
    }
}

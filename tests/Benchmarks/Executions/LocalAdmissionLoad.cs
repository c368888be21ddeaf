using System.Diagnostics;
using Sessions.Client;

namespace Sessions.Benchmarks;

/// <summary>
/// Admissions by leases that the process holds, of a thousand sessions in random order, found by id. Timed in stretches, so that the
/// settlements between them can be told apart.
/// </summary>
internal sealed class LocalAdmissionLoad(string gateway) : IWorker
{
    public const string Settle = "settle ns";
    public const string Bytes = "bytes";
    public const string Misses = "misses";

    private const int Stretch = 1 << 12;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);
    private static readonly FunctionName Function = FunctionName.Parse("bench.run");

    private readonly BenchSessions sessions = new(gateway);
    private readonly Execution[] running = new Execution[Stretch];
    private SessionId[] order = [];

    public async Task StartAsync()
    {
        await sessions.StartAsync();
        var ids = new SessionId[DictionaryLookupAnchor.Count];
        for (var n = 0; n < ids.Length; n++)
        {
            var handle = await sessions.OpenAsync(new() { Executions = 1_000_000_000_000, Concurrent = 100_000 });
            ids[n] = handle.Id;
        }

        order = new Random(1).GetItems(ids, 1 << 14);
    }

    public async Task<TurnResult> TurnAsync(string turn)
    {
        // Leases are taken and grow to the demand outside what is timed.
        var manager = sessions.Client.Manager;
        var (admissions, admitting, settling, bytes, misses) = (0L, 0L, 0L, 0L, 0L);
        var started = Stopwatch.GetTimestamp();
        for (var at = 0; Stopwatch.GetElapsedTime(started) < Duration; at = (at + Stretch) % order.Length)
        {
            var stretch = order.AsSpan(at, Stretch);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var begun = Stopwatch.GetTimestamp();
            var admitted = Admit(manager, stretch);
            var ended = Stopwatch.GetTimestamp();
            bytes += GC.GetAllocatedBytesForCurrentThread() - before;
            foreach (var execution in running.AsSpan(0, admitted))
            {
                execution.Settle();
            }

            settling += Stopwatch.GetTimestamp() - ended;
            if (admitted < Stretch)
            {
                // A lease that ran dry: filled up, and the stretch is not counted.
                misses++;
                (await manager.Get(order[at + admitted]).AdmitAsync(Function)).Settle();
                continue;
            }

            admitting += ended - begun;
            admissions += admitted;
        }

        return new TurnResult
        {
            Operations = admissions,
            Seconds = Stopwatch.GetElapsedTime(0, admitting).TotalSeconds,
            More = new Dictionary<string, double>
            {
                [Settle] = Stopwatch.GetElapsedTime(0, settling).TotalNanoseconds / admissions,
                [Bytes] = (double)bytes / admissions,
                [Misses] = misses,
            },
        };
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    private int Admit(SessionManager manager, ReadOnlySpan<SessionId> stretch)
    {
        var n = 0;
        foreach (var id in stretch)
        {
            if (!manager.TryAdmit(id, Function, out running[n]))
            {
                break;
            }

            n++;
        }

        return n;
    }
}

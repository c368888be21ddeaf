using System.Diagnostics;
using Sessions.Benchmarks.Anchors;
using Sessions.Benchmarks.Workers;
using Sessions.Client;

namespace Sessions.Benchmarks.Executions;

/// <summary>
/// Admissions by leases that the process holds, of a thousand sessions in random order: by the handles that their users keep, or
/// found by id in the manager's cache. Timed in stretches, so that the settlements between them can be told apart.
/// </summary>
internal sealed class LocalAdmissionLoad(string gateway) : IWorker
{
    public const string ByHandle = "handle";
    public const string ById = "id";
    public const string Settle = "settle ns";
    public const string Bytes = "bytes";
    public const string Misses = "misses";

    // Long enough for the clock to cost nothing, and about as many as run at one moment on a busy client.
    private const int Stretch = 64;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);
    private static readonly FunctionName Function = FunctionName.Parse("bench.run");

    private readonly BenchSessions sessions = new(gateway);
    private readonly Execution[] running = new Execution[Stretch];
    private SessionHandle[] order = [];

    public async Task StartAsync()
    {
        await sessions.StartAsync();
        var handles = new SessionHandle[DictionaryLookupAnchor.Count];
        for (var n = 0; n < handles.Length; n++)
        {
            var handle = await sessions.OpenAsync(new() { Executions = 1_000_000_000_000, Concurrent = 100_000 });
            handles[n] = sessions.Client.Manager.Get(handle.Id).Handle;
        }

        order = new Random(1).GetItems(handles, 1 << 14);
    }

    public async Task<TurnResult> TurnAsync(string turn)
    {
        // Leases are taken and grow to the demand outside what is timed.
        var manager = sessions.Client.Manager;
        foreach (var handle in order.Distinct())
        {
            (await handle.AdmitAsync(Function)).Settle();
        }

        var (admissions, admitting, settling, bytes, misses) = (0L, 0L, 0L, 0L, 0L);
        var started = Stopwatch.GetTimestamp();
        for (var at = 0; Stopwatch.GetElapsedTime(started) < Duration; at = (at + Stretch) % order.Length)
        {
            var stretch = order.AsSpan(at, Stretch);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var begun = Stopwatch.GetTimestamp();
            var admitted = turn == ById ? Admit(manager, stretch) : Admit(stretch);
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
                (await order[at + admitted].AdmitAsync(Function)).Settle();
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
                [Settle] = Stopwatch.GetElapsedTime(0, settling).TotalNanoseconds / Math.Max(1, admissions),
                [Bytes] = (double)bytes / Math.Max(1, admissions),
                [Misses] = misses,
            },
        };
    }

    public ValueTask DisposeAsync() => sessions.DisposeAsync();

    private int Admit(ReadOnlySpan<SessionHandle> stretch)
    {
        var n = 0;
        while (n < stretch.Length && stretch[n].TryAdmit(Function, out running[n]))
        {
            n++;
        }

        return n;
    }

    private int Admit(SessionManager manager, ReadOnlySpan<SessionHandle> stretch)
    {
        var n = 0;
        while (n < stretch.Length && manager.TryAdmit(stretch[n].Id, Function, out running[n]))
        {
            n++;
        }

        return n;
    }
}

using System.Diagnostics;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Two clients, each at the gateway of another node, that take the places of one session from each other all the time.</summary>
public sealed class TwoHoldersTests
{
    private const int Places = 10;
    private const int Callers = 8;
    private static readonly FunctionName Function = FunctionName.Parse("work");

    /// <summary>How many executions they begin; more where a machine has the time.</summary>
    private static readonly int Executions = int.TryParse(Environment.GetEnvironmentVariable("SESSIONS_ADMISSIONS"), out var tries) ? tries : 4_000;

    [PostgresFact]
    public async Task RequestsCrossRecalls_NothingIsCancelled_AndUsageSaysExactlyWhatRan()
    {
        await using var nodes = await TwoNodes.StartAsync();
        await using var first = await GatewayClient.ConnectAsync(nodes.Gateways[0]);
        await using var second = await GatewayClient.ConnectAsync(nodes.Gateways[1]);
        var session = await first.Sessions.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/holders"),
            Creator = Principal.Parse("alice"),
            Overrides = new() { Quotas = new() { Executions = Executions, Concurrent = Places } },
        });
        await session.ActivateAsync();
        var (left, ran, refused, most, running) = (Executions, 0, 0, 0, 0);

        await Task.WhenAll(new[] { session, second.Sessions.Get(session.Id) }
            .SelectMany(static handle => Enumerable.Repeat(handle, Callers))
            .Select((handle, n) => Task.Run(() => BeginAllAsync(handle, new Random(n)))));

        Assert.Equal(Executions, ran);
        Assert.True(refused > 0, "nobody was ever refused, and so nobody took a place from the other");
        Assert.InRange(most, Places / 2, Places);
        var usage = (await session.CloseAsync()).Usage;
        Assert.Equal(
            (Executions, Executions, 0L, 0L, 0L), (usage.Executions, usage.Succeeded, usage.Cancelled, usage.Abandoned, usage.Forfeited));

        async Task BeginAllAsync(SessionHandle handle, Random random)
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                while (!await TryAsync(handle, random.Next(3)))
                {
                    Interlocked.Increment(ref refused);
                }
            }
        }

        async Task<bool> TryAsync(SessionHandle handle, int milliseconds)
        {
            try
            {
                await handle.ExecuteAsync(Function, async context =>
                {
                    InterlockedMax(ref most, Interlocked.Increment(ref running));
                    var start = Stopwatch.GetTimestamp();
                    while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
                    {
                        await Task.Yield();
                        context.CancellationToken.ThrowIfCancellationRequested();
                    }

                    Interlocked.Decrement(ref running);
                });
                Interlocked.Increment(ref ran);
                return true;
            }
            catch (QuotaExceededException full)
            {
                Assert.Equal("concurrent", full.Error.Dimension);
                return false;
            }
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}

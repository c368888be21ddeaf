using System.Diagnostics;

namespace Sessions.Cluster.Tests;

/// <summary>Waits for a condition with a deadline, instead of sleeping and hoping.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static async Task<T> Get<T>(Func<ValueTask<T>> read, Func<T, bool> holds)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var value = await read();
            if (holds(value))
            {
                return value;
            }

            Assert.True(clock.Elapsed < Deadline, $"It did not come true within {Deadline}; last seen: {value}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public static Task Holds(Func<bool> condition) => Get(() => ValueTask.FromResult(condition()), value => value);

    public static async Task<SessionSnapshot> Reaches(this ISessionGrain grain, SessionStatus status) =>
        (await Get(() => grain.Get(0), reply => reply.Snapshot?.Status == status)).Snapshot!;
}

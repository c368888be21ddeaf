using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Callers of many sessions, one after the other without a pause, and what they saw while something was broken.</summary>
internal sealed class Outage : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Caller[] callers;
    private readonly Task running;

    private Outage(IEnumerable<SessionHandle> sessions)
    {
        callers = [.. sessions.Select(session => new Caller(session))];
        running = Task.WhenAll(callers.Select(caller => Task.Run(() => caller.RunAsync(stopping.Token))));
    }

    /// <summary>Begins to call.</summary>
    public static async Task<Outage> BeginAsync(IEnumerable<SessionHandle> sessions)
    {
        var outage = new Outage(sessions);
        await outage.AnsweredAsync();
        return outage;
    }

    /// <summary>Waits until each caller has been answered to calls that it began after now.</summary>
    /// <returns>How long the longest call of each took, one under way at the beginning included, in the order of the sessions.</returns>
    public Task<IReadOnlyList<TimeSpan>> AnsweredAsync() => AnsweredAsync(TimeProvider.System.GetTimestamp());

    /// <summary>The same, of calls that ended since a moment.</summary>
    public async Task<IReadOnlyList<TimeSpan>> AnsweredAsync(long from)
    {
        var now = TimeProvider.System.GetTimestamp();
        await Eventually.Holds(() => callers.All(caller => caller.LastBegun >= now), "every session answers to a call that was begun since then");
        return [.. callers.Select(caller => caller.LongestSince(from))];
    }

    /// <summary>Stops, and gives the faults of all calls.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await stopping.CancelAsync();
        await running;
        return [.. callers.SelectMany(caller => caller.Faults)];
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        stopping.Dispose();
    }

    private sealed class Caller(SessionHandle session)
    {
        private readonly Lock calling = new();
        private readonly List<(long Begun, TimeSpan Took)> calls = [];
        private readonly List<string> faults = [];

        public long LastBegun { get; private set; }

        public IReadOnlyList<string> Faults => faults;

        /// <summary>The longest call that ended after a moment, also one that was under way then.</summary>
        public TimeSpan LongestSince(long moment)
        {
            lock (calling)
            {
                var frequency = TimeProvider.System.TimestampFrequency;
                return calls.Where(call => call.Begun + (long)(call.Took.TotalSeconds * frequency) >= moment).Max(call => call.Took);
            }
        }

        public async Task RunAsync(CancellationToken stopping)
        {
            for (var i = 0; !stopping.IsCancellationRequested; i++)
            {
                var begun = TimeProvider.System.GetTimestamp();
                try
                {
                    await session.ExecuteAsync(FunctionName.Parse("outage"), static _ => ValueTask.CompletedTask, new() { Strict = true }, CancellationToken.None);
                }
                catch (SessionException fault)
                {
                    faults.Add(fault.Message);
                }

                lock (calling)
                {
                    calls.Add((begun, TimeProvider.System.GetElapsedTime(begun)));
                    LastBegun = begun;
                }

                // The machine is to have time for others: a caller that waits for an answer is seen as well with a pause between.
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}

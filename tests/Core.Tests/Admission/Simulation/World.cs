using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>True time, chance, and what is to happen when. Everything in a run comes from here.</summary>
internal sealed class World(int seed)
{
    private readonly PriorityQueue<Action, (long At, long Order)> due = new();
    private long order;

    public Random Random { get; } = new(seed);

    public History History { get; } = new();

    /// <summary>True time, in ticks since the run began. Nobody in the run can read it but the checkers.</summary>
    public long Now { get; private set; }

    public void At(long time, Action action) => due.Enqueue(action, (Math.Max(time, Now), order++));

    public void After(TimeSpan time, Action action) => At(Now + time.Ticks, action);

    public void RunUntil(long end)
    {
        while (due.TryPeek(out _, out var next) && next.At <= end)
        {
            var action = due.Dequeue();
            Now = next.At;
            action();
        }

        Now = end;
    }

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public TimeSpan Between(double leastMilliseconds, double mostMilliseconds) =>
        TimeSpan.FromMilliseconds(leastMilliseconds + (Random.NextDouble() * (mostMilliseconds - leastMilliseconds)));

    public T Any<T>(IReadOnlyList<T> list) => list[Random.Next(list.Count)];
}

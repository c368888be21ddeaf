using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>
/// A process with a clock of its own, which may run a little fast or slow. While it is suspended its messages and timers pile up;
/// when it is dead they are gone.
/// </summary>
internal abstract class Process(World world, string name)
{
    private readonly Queue<Action> inbox = new();
    private readonly double rate = 0.99 + (world.Random.NextDouble() * 0.02);
    private readonly long offset = world.Random.Next(1_000_000, 1_000_000_000);
    private readonly TimeSpan wallOffset = world.Between(-20, 20);
    private int life;

    public string Name => name;

    public bool IsDead { get; private set; }

    public bool IsSuspended { get; private set; }

    /// <summary>Whether no message gets to it or comes from it, while it goes on as before.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>How often it was suspended or killed; what was timed over a change of it says nothing about the rules.</summary>
    public int Disturbances { get; private set; }

    protected World World => world;

    /// <summary>The monotonic clock, in ticks.</summary>
    protected long Clock => offset + (long)(world.Now * rate);

    /// <summary>The wall's clock, which is set right all the time.</summary>
    protected DateTimeOffset Wall => Given.Start + TimeSpan.FromTicks(world.Now) + wallOffset;

    /// <summary>True time at which the monotonic clock shows <paramref name="clock"/>.</summary>
    protected long TrueTimeOf(long clock) => (long)Math.Ceiling((clock - offset) / rate);

    public void Suspend()
    {
        if (!IsDead && !IsSuspended)
        {
            IsSuspended = true;
            Disturbances++;
            world.History.Note(world.Now, $"{name} suspended");
        }
    }

    public void Continue()
    {
        if (IsSuspended)
        {
            IsSuspended = false;
            world.History.Note(world.Now, $"{name} continued");
            while (!IsSuspended && inbox.TryDequeue(out var action))
            {
                action();
            }
        }
    }

    public void CutOff(bool cut)
    {
        IsCutOff = cut;
        Disturbances++;
        world.History.Note(world.Now, $"{name} {(cut ? "cut off" : "reachable again")}");
    }

    public void Kill()
    {
        if (!IsDead)
        {
            (IsDead, IsSuspended) = (true, false);
            Disturbances++;
            life++;
            inbox.Clear();
            world.History.Note(world.Now, $"{name} killed");
            OnKilled();
        }
    }

    public void Restart()
    {
        if (IsDead)
        {
            IsDead = false;
            world.History.Note(world.Now, $"{name} restarted");
            OnStarted();
        }
    }

    /// <summary>Does something in this process, as soon as it runs.</summary>
    public void Post(Action action)
    {
        if (IsSuspended)
        {
            inbox.Enqueue(action);
        }
        else if (!IsDead)
        {
            action();
        }
    }

    /// <summary>Does something in the present life of this process, after some time on its clock.</summary>
    public void After(TimeSpan time, Action action)
    {
        var mine = life;
        world.At(Math.Max(world.Now + (time > TimeSpan.Zero ? 1 : 0), TrueTimeOf(Clock + time.Ticks)), () => Resume(mine, action));
    }

    /// <summary>What only the present life of this process may do.</summary>
    public Action InThisLife(Action action)
    {
        var mine = life;
        return () => Resume(mine, action);
    }

    public Flow<Nothing> Sleep(TimeSpan time)
    {
        var flow = new Flow<Nothing>();
        After(time, () => flow.Succeed(default));
        return flow;
    }

    protected virtual void OnStarted()
    {
    }

    protected virtual void OnKilled()
    {
    }

    private void Resume(int owner, Action action)
    {
        if (owner == life)
        {
            Post(() =>
            {
                if (owner == life)
                {
                    action();
                }
            });
        }
    }
}

using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>One at a time, in the order of coming.</summary>
internal sealed class Turns(Process process)
{
    private readonly Queue<Flow<IDisposable>> waiting = new();

    public bool IsTaken { get; private set; }

    public Flow<IDisposable> Enter()
    {
        var entered = new Flow<IDisposable>();
        if (IsTaken)
        {
            waiting.Enqueue(entered);
        }
        else
        {
            IsTaken = true;
            entered.Succeed(new Turn(this));
        }

        return entered;
    }

    private void Leave()
    {
        if (waiting.TryDequeue(out var next))
        {
            process.After(TimeSpan.Zero, () => next.Succeed(new Turn(this)));
        }
        else
        {
            IsTaken = false;
        }
    }

    private sealed class Turn(Turns turns) : IDisposable
    {
        private bool left;

        public void Dispose()
        {
            if (!left)
            {
                left = true;
                turns.Leave();
            }
        }
    }
}

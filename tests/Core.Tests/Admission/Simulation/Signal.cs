using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>Wakes whoever waits for news.</summary>
internal sealed class Signal(Process process)
{
    private Flow<Nothing> next = new();

    public Flow<Nothing> Next => next;

    public void Raise()
    {
        var raised = next;
        next = new();
        raised.Succeed(default);
    }

    /// <summary>Waits for something, for no longer than <paramref name="limit"/>.</summary>
    public static Flow<Nothing> WaitFor(Process process, Flow<Nothing> flow, TimeSpan limit)
    {
        var done = new Flow<Nothing>();
        if (flow.IsDone || limit <= TimeSpan.Zero)
        {
            done.Succeed(default);
            return done;
        }

        flow.Then(() => process.After(TimeSpan.Zero, () => done.Succeed(default)));
        process.After(limit, () => done.Succeed(default));
        return done;
    }

    /// <inheritdoc cref="WaitFor(Process, Flow{Nothing}, TimeSpan)"/>
    public static Flow<Nothing> WaitFor(Signal signal, TimeSpan limit) => WaitFor(signal.Owner, signal.next, limit);

    private Process Owner => process;
}

using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>What became of a write, as far as the writer knows.</summary>
internal enum Written
{
    Yes,
    LostRace,
    Unknown,
}

/// <summary>The store does not answer.</summary>
internal sealed class StoreFailedException(string message) : Exception(message);

/// <summary>The session's row: a write takes effect if it brings the next version, whenever it arrives.</summary>
internal class Row(World world, SessionRecord first)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    /// <summary>How likely a write takes longer than its writer waits.</summary>
    public double Slowness { get; set; }

    public SessionRecord Record { get; private set; } = first;

    public Flow<Written> Write(Process by, SessionRecord next)
    {
        var done = new Flow<Written>();
        by.After(Patience, () => done.Succeed(Written.Unknown));
        var written = false;
        var answer = by.InThisLife(() => done.Succeed(written ? Written.Yes : Written.LostRace));
        world.After(Delay(), () =>
        {
            written = next.Version == Record.Version + 1;
            if (written)
            {
                Record = Stored(next);
                world.History.OnCommitted(world.Now, by.Name, Record);
            }

            world.After(Delay(), answer);
        });
        return done;
    }

    public Flow<SessionRecord> Read(Process by)
    {
        var done = new Flow<SessionRecord>();
        by.After(Patience, () => done.Fail(new StoreFailedException("not read")));
        SessionRecord? found = null;
        var answer = by.InThisLife(() => done.Succeed(found!));
        world.After(Delay(), () =>
        {
            found = Record;
            world.After(Delay(), answer);
        });
        return done;
    }

    protected virtual SessionRecord Stored(SessionRecord next) => next;

    private TimeSpan Delay() => world.Chance(Slowness) ? world.Between(50, 2500) : world.Between(0.1, 3);
}

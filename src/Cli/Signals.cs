using System.Runtime.InteropServices;

namespace Sessions.Cli;

/// <summary>
/// Ends a command in order when the process is told to end, by SIGINT, SIGTERM or SIGHUP, or when nobody reads its output any more. A second
/// signal ends it at once.
/// </summary>
internal sealed class Signals : IDisposable
{
    private const int Hangup = 1;
    private const int Interrupt = 2;
    private const int BrokenPipe = 13;
    private const int Terminate = 15;

    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Timer? reader;
    private int first;

    public Signals()
    {
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Take(signal, Hangup)),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Take(signal, Interrupt)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Take(signal, Terminate)),
        ];
        if (OutputReader.CanBeWatched)
        {
            reader = new Timer(_ => EndWithoutReader(), null, OutputReader.Interval, OutputReader.Interval);
        }
    }

    /// <summary>Cancelled by the first of them.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>Whether the reader of the output has gone: nothing needs to be said any more.</summary>
    public bool IsReaderGone => Volatile.Read(ref first) == BrokenPipe;

    /// <summary>The exit code of the process: 128 and the number of the signal, as shells have it, for a command that one has stopped.</summary>
    public int ExitCodeOf(int result) => result == ExitCodes.Interrupted && Volatile.Read(ref first) is var signal and > 0 ? 128 + signal : result;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        reader?.Dispose();
        stop.Dispose();
    }

    private void Take(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref first, number, 0) != 0)
        {
            Environment.Exit(128 + number);
        }

        stop.Cancel();
    }

    private void EndWithoutReader()
    {
        if (OutputReader.IsGone() && Interlocked.CompareExchange(ref first, BrokenPipe, 0) == 0)
        {
            stop.Cancel();
        }
    }
}

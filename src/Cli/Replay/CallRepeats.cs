using System.Diagnostics.Metrics;
using Sessions.Client;

namespace Sessions.Cli.Replay;

/// <summary>Counts what the client had to repeat, by its own measurements, for as long as this lives.</summary>
internal sealed class CallRepeats : IDisposable
{
    private readonly MeterListener listener = new();
    private long repeats;
    private long unknownOutcomes;

    public CallRepeats()
    {
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == SessionsClientMetrics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, count, _, _) =>
        {
            switch (instrument.Name)
            {
                case SessionsClientMetrics.Repeats:
                    Interlocked.Add(ref repeats, count);
                    break;
                case SessionsClientMetrics.UnknownOutcomes:
                    Interlocked.Add(ref unknownOutcomes, count);
                    break;
            }
        });
        listener.Start();
    }

    public long Repeats => Interlocked.Read(ref repeats);

    public long UnknownOutcomes => Interlocked.Read(ref unknownOutcomes);

    public void Dispose() => listener.Dispose();
}

using System.Diagnostics.Metrics;

namespace Sessions.Client;

/// <summary>The names under which a client's measurements can be listened to.</summary>
public static class SessionsClientMetrics
{
    /// <summary>The meter.</summary>
    public const string MeterName = "Sessions.Client";

    /// <summary>Counts the calls that were repeated because their outcome was unknown; tag <c>call</c>.</summary>
    public const string Repeats = "sessions.client.repeats";

    /// <summary>Counts the calls whose outcome was still unknown at the end of the budget; tag <c>call</c>.</summary>
    public const string UnknownOutcomes = "sessions.client.unknown_outcomes";
}

/// <summary>What a client measures; see <see cref="SessionsClientMetrics"/>.</summary>
internal sealed class ClientInstruments : IDisposable
{
    private readonly Meter meter = new(SessionsClientMetrics.MeterName, "1.0");
    private readonly Counter<long> repeats;
    private readonly Counter<long> unknownOutcomes;

    public ClientInstruments()
    {
        repeats = meter.CreateCounter<long>(SessionsClientMetrics.Repeats, "{call}", "Calls repeated because their outcome was unknown.");
        unknownOutcomes = meter.CreateCounter<long>(SessionsClientMetrics.UnknownOutcomes, "{call}", "Calls whose outcome stayed unknown.");
    }

    public void OnRepeated(string call) => repeats.Add(1, new KeyValuePair<string, object?>("call", call));

    public void OnGaveUp(string call) => unknownOutcomes.Add(1, new KeyValuePair<string, object?>("call", call));

    public void Dispose() => meter.Dispose();
}

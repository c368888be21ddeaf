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

    /// <summary>Counts the look-ups of the <see cref="SessionManager"/> that found their session at hand.</summary>
    public const string CacheHits = "sessions.client.cache.hits";

    /// <summary>Counts the look-ups of the <see cref="SessionManager"/> that did not.</summary>
    public const string CacheMisses = "sessions.client.cache.misses";

    /// <summary>Counts the sessions that the <see cref="SessionManager"/> let go of to make room.</summary>
    public const string CacheEvictions = "sessions.client.cache.evictions";

    /// <summary>How many creations and activations of the <see cref="SessionManager"/> are under way.</summary>
    public const string Pending = "sessions.client.pending";

    /// <summary>How long creations of the <see cref="SessionManager"/> took, activation included, in seconds; tag <c>outcome</c>.</summary>
    public const string Creations = "sessions.client.creations";
}

/// <summary>What a client measures; see <see cref="SessionsClientMetrics"/>.</summary>
internal sealed class ClientInstruments : IDisposable
{
    private readonly Meter meter = new(SessionsClientMetrics.MeterName, "1.0");
    private readonly Counter<long> repeats;
    private readonly Counter<long> unknownOutcomes;
    private readonly Histogram<double> creations;

    public ClientInstruments()
    {
        repeats = meter.CreateCounter<long>(SessionsClientMetrics.Repeats, "{call}", "Calls repeated because their outcome was unknown.");
        unknownOutcomes = meter.CreateCounter<long>(SessionsClientMetrics.UnknownOutcomes, "{call}", "Calls whose outcome stayed unknown.");
        creations = meter.CreateHistogram<double>(SessionsClientMetrics.Creations, "s", "Durations of optimistic creations.");
    }

    /// <summary>Lets those that measure read what the manager counts.</summary>
    public void Observe(Func<long> hits, Func<long> misses, Func<long> evictions, Func<int> pending)
    {
        meter.CreateObservableCounter(SessionsClientMetrics.CacheHits, hits, "{lookup}", "Look-ups that found their session.");
        meter.CreateObservableCounter(SessionsClientMetrics.CacheMisses, misses, "{lookup}", "Look-ups that did not find their session.");
        meter.CreateObservableCounter(SessionsClientMetrics.CacheEvictions, evictions, "{session}", "Sessions let go of to make room.");
        meter.CreateObservableUpDownCounter(SessionsClientMetrics.Pending, pending, "{operation}", "Creations and activations under way.");
    }

    public void OnCreated(TimeSpan duration, bool succeeded) =>
        creations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", succeeded ? "succeeded" : "failed"));

    public void OnRepeated(string call) => repeats.Add(1, new KeyValuePair<string, object?>("call", call));

    public void OnGaveUp(string call) => unknownOutcomes.Add(1, new KeyValuePair<string, object?>("call", call));

    public Meter Meter => meter;

    public void Dispose() => meter.Dispose();
}

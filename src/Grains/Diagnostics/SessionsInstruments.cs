using System.Diagnostics.Metrics;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Diagnostics;

/// <summary>What the silo counts, in the words of the domain. Meter <c>Sessions</c>.</summary>
internal sealed class SessionsInstruments
{
    public const string MeterName = "Sessions";

    private readonly Counter<long> committed;
    private readonly Counter<long> refused;
    private readonly Counter<long> replayed;
    private readonly Counter<long> swept;
    private readonly Histogram<double> lag;
    private readonly Counter<long> leased;
    private readonly Counter<long> takenOver;
    private readonly Histogram<double> waited;
    private readonly Counter<long> operationAnswers;
    private readonly Gauge<double> clockOffset;
    private readonly Gauge<double> feedLag;
    private readonly Gauge<int> stalledOperations;

    public SessionsInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName, "1.0.0");
        committed = meter.CreateCounter<long>("sessions.commands.committed", "{command}", "Commands that changed a session.");
        refused = meter.CreateCounter<long>("sessions.commands.refused", "{command}", "Commands that were refused.");
        replayed = meter.CreateCounter<long>("sessions.commands.replayed", "{command}", "Commands whose recorded answer was given again.");
        swept = meter.CreateCounter<long>("sessions.sweep.swept", "{session}", "Sessions that were due, by what the sweep did with them.");
        lag = meter.CreateHistogram<double>("sessions.sweep.lag", "s", "How long the session that is due longest has been due when a pass begins.");
        leased = meter.CreateCounter<long>("sessions.leases.granted", "{grant}", "Leases that were granted, renewed or enlarged.");
        takenOver = meter.CreateCounter<long>("sessions.grants.taken_over", "{session}", "Rights to grant that were taken over from another activation.");
        waited = meter.CreateHistogram<double>("sessions.queue.wait", "s", "How long sessions waited for a place, and with what outcome.");
        operationAnswers = meter.CreateCounter<long>("sessions.operations.answers", "{answer}", "Answers of sessions to operations over many of them.");
        feedLag = meter.CreateGauge<double>("sessions.feed.lag", "s", "How long an event that is committed has not been readable.");
        stalledOperations = meter.CreateGauge<int>("sessions.operations.stalled", "{operation}", "Operations over many sessions that have stalled.");
        clockOffset = meter.CreateGauge<double>("sessions.clock.offset", "s", "How far the node's clock is ahead of the database's.");
    }

    public void OnCommitted(SessionVerb verb, SessionStatus status) =>
        committed.Add(1, new("verb", verb.ToString()), new("status", status.ToString()));

    public void OnRefused(SessionVerb verb, SessionErrorCode code) =>
        refused.Add(1, new("verb", verb.ToString()), new("code", code.ToString()));

    public void OnReplayed(SessionVerb verb) => replayed.Add(1, new KeyValuePair<string, object?>("verb", verb.ToString()));

    public void OnLeased(bool fully) => leased.Add(1, new KeyValuePair<string, object?>("fully", fully));

    public void OnTookOver() => takenOver.Add(1);

    public void OnWaited(SessionErrorCode? refusal, TimeSpan time) =>
        waited.Record(time.TotalSeconds, new KeyValuePair<string, object?>("outcome", refusal?.ToString() ?? "Activated"));

    /// <summary>A session answered an operation.</summary>
    /// <param name="refusal">Why it refused; null if it did what it was told.</param>
    public void OnOperationAnswered(SessionErrorCode? refusal) =>
        operationAnswers.Add(1, new KeyValuePair<string, object?>("code", refusal?.ToString() ?? "Done"));

    public void OnFeedLooked(TimeSpan behind) => feedLag.Record(behind.TotalSeconds);

    public void OnOperationsLooked(int stalled) => stalledOperations.Record(stalled);

    public void OnClockCompared(TimeSpan ahead) => clockOffset.Record(ahead.TotalSeconds);

    /// <summary>A sweep begins, behind by so much; nothing if nothing is due.</summary>
    public void OnLooked(TimeSpan behind) => lag.Record(behind.TotalSeconds);

    public void OnSwept(DueBatch batch)
    {
        OnSwept(batch.Saves.Length, "changed");
        OnSwept(batch.ToWake.Length, "woken");
        OnSwept(batch.PutOff, "put off");
        OnSwept(batch.Deleted, "deleted");
        OnSwept(batch.Unreadable.Length, "unreadable");
    }

    private void OnSwept(int sessions, string how)
    {
        if (sessions > 0)
        {
            swept.Add(sessions, new KeyValuePair<string, object?>("how", how));
        }
    }
}

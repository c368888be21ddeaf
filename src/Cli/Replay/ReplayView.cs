using System.Globalization;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Replay;

/// <summary>A replay's summary for people.</summary>
internal static class ReplayView
{
    public static IRenderable Of(ReplaySummary summary) => new Rows(
        Input(summary), Sessions(summary), Executions(summary), Calls(summary), Verdict(summary));

    private static Text Input(ReplaySummary summary)
    {
        var lines = new List<string>
        {
            $"{summary.Format}: {Views.Number(summary.RowsRead)} rows read, {Views.Number(summary.RowsSkipped)} skipped; "
                + $"sessions under {summary.Namespace}",
            $"{Views.Number(summary.ExecutionsInTrace)} executions in trace, {DurationText.Write(summary.ComputeTimeInTrace)} long; "
                + "run in logical time, each over at once",
        };
        lines.AddRange(summary.SkippedSamples.Select(sample => "skipped: " + sample));
        lines.AddRange(summary.RefusalSamples.Select(sample => "refused: " + Plain.Clean(sample)));
        return new Text(string.Join('\n', lines));
    }

    private static Table Sessions(ReplaySummary summary)
    {
        var (mine, store) = (summary.Sessions, summary.Store);
        var table = Numbers("sessions", "replay", "store");
        Add("planned", summary.SessionsPlanned, null);
        Add("requested", mine.Requested, store.Requested);
        Add("created", mine.Created, store.Created);
        Add("activated", mine.Activated, store.Activated);
        Add("closed", mine.Closed, store.Closed);
        Add("left live", mine.LeftLive, store.LeftLive);
        Add("failed", mine.Failed, store.Failed);
        Add("cancelled", mine.Cancelled, store.Cancelled);
        return table;

        void Add(string name, long? replay, long? stored) => table.AddRow(new Text(name), Count(replay), Count(stored));
    }

    private static Table Executions(ReplaySummary summary)
    {
        var (mine, theirs) = (summary.Executions, summary.Usage);
        var table = Numbers("executions", "replay", "sessions");
        Add("admitted", mine.Admitted, theirs.Admitted);
        Add("succeeded", mine.Succeeded, theirs.Succeeded);
        Add("failed", mine.Failed, theirs.Failed);
        Add("cancelled", mine.Cancelled, theirs.Cancelled);
        Add("not settled", mine.Unsettled, theirs.Unsettled);
        Add("nested", summary.ExecutionsNested, null);
        foreach (var (why, count) in summary.ExecutionsRefused)
        {
            Add("refused: " + why, count, null);
        }

        return table;

        void Add(string name, long? replay, long? used) => table.AddRow(new Text(name), Count(replay), Count(used));
    }

    private static Text Count(long? count) => new(count is { } number ? Views.Number(number) : "-");

    private static Table Calls(ReplaySummary summary)
    {
        var table = Numbers("call", "count", "p50 ms", "p90 ms", "p99 ms", "max ms");
        foreach (var (verb, latency) in summary.Latency)
        {
            table.AddRow(
                verb,
                Views.Number(latency.Count),
                Milliseconds(latency.P50Ms),
                Milliseconds(latency.P90Ms),
                Milliseconds(latency.P99Ms),
                Milliseconds(latency.MaxMs));
        }

        return table;

        static string Milliseconds(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
    }

    private static Text Verdict(ReplaySummary summary)
    {
        var rates = string.Create(
            CultureInfo.InvariantCulture,
            $"{DurationText.Write(summary.Elapsed)} with {summary.Callers} callers: {summary.CommandsPerSecond:#,0} commands/s, "
            + $"{summary.SessionsPerSecond:#,0} sessions/s, {summary.ExecutionsPerSecond:#,0} executions/s; {summary.Repeats} repeated calls, {summary.UnknownOutcomes} unknown outcomes");
        var verdict = (summary.Agree, summary.Complete) switch
        {
            (true, true) => "replay, store and sessions agree, and every session was closed",
            (true, false) => "replay, store and sessions agree, but not every session came to its end",
            _ when summary.Sessions.Agrees(summary.Store) => "REPLAY AND SESSIONS DISAGREE about what was executed",
            _ => "REPLAY AND STORE DISAGREE",
        };
        return new Text($"{rates}\n{verdict}");
    }

    private static Table Numbers(string first, params string[] others)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(first);
        foreach (var other in others)
        {
            table.AddColumn(new TableColumn(other).RightAligned());
        }

        return table;
    }
}

using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Cli.Replay;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions replay</c>.</summary>
internal sealed class ReplayCommand
{
    private const int MaxCallers = 4096;

    private readonly Argument<string> file = new("FILE") { Description = "The recorded workload; its header tells its format (gentd26)." };

    private readonly Option<int?> limit = Values.Converted(
        "--limit", "N", "Replay the first N sessions only.", text => ParseCount(text, int.MaxValue));

    private readonly Option<int?> callers = Values.Converted(
        "--callers", "N", "How many calls are under way at once. Default: 32.", text => ParseCount(text, MaxCallers));

    private readonly Option<SessionNamespace?> prefix = Values.Parsable<SessionNamespace>(
        "--namespace-prefix", "PATH", "The namespace above the workload's own. Default: the format's name (gentd).");

    private readonly Option<string?> run = new("--run")
    {
        Description = "A segment below the prefix that sets this run apart; 'auto' draws one. Default: none.",
        HelpName = "SEGMENT",
    };

    private ReplayCommand()
    {
    }

    public static Command Replay(CommandRunner runner)
    {
        var replay = new ReplayCommand();
        return runner.Command(
            "replay",
            "Drive the cluster through the sessions and executions of a recorded workload, in logical time, and compare with what the "
                + "store and the sessions count.",
            [replay.file, replay.limit, replay.callers, replay.prefix, replay.run],
            replay.RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (parsed, client, time) = (context.Parsed, context.Client, context.Environment.Time);
        var workload = Workload.Read(parsed.GetRequiredValue(file));
        var root = Root(parsed, workload);
        WorkloadSession[] sessions = [.. workload.Sessions.Take(parsed.GetValue(limit) ?? int.MaxValue)];
        var atOnce = parsed.GetValue(callers) ?? 32;

        using var repeats = new CallRepeats();
        var driver = new ReplayDriver(client, root, workload.Nested, time);
        var before = await client.CountByStatusAsync(root, cancellationToken);
        var started = time.GetTimestamp();
        var latencies = await ProgressDisplay.FollowAsync(
            driver.RunAsync(sessions, atOnce, cancellationToken), driver.Progress, sessions.Length, context.Output, time);
        var elapsed = time.GetElapsedTime(started);
        var after = await client.CountByStatusAsync(root, cancellationToken);

        var summary = new ReplaySummary
        {
            Format = workload.Format,
            Namespace = root,
            RowsRead = workload.RowsRead,
            RowsSkipped = workload.RowsSkipped,
            SkippedSamples = workload.SkippedSamples,
            ExecutionsInTrace = sessions.Sum(session => (long)session.Executions.Count),
            ComputeTimeInTrace = TimeSpan.FromTicks(sessions.Sum(session => session.ComputeTime.Ticks)),
            Executions = driver.Progress.Executions.Counts,
            Usage = driver.Used,
            ComputeTime = driver.ComputeTime,
            ExecutionsNested = driver.Progress.Executions.Nested,
            ExecutionsRefused = driver.RefusedExecutions.ToDictionary(
                pair => CamelCase(pair.Key.Code) + (pair.Key.Dimension is { } dimension ? "." + dimension : ""), pair => pair.Value),
            SessionsPlanned = sessions.Length,
            Sessions = SessionCounts.Of(driver.Progress),
            Store = SessionCounts.Between(before, after),
            GivenUp = driver.Progress.GivenUp,
            Callers = atOnce,
            Elapsed = elapsed,
            Latency = Latencies.Summarize(latencies).ToDictionary(pair => CamelCase(pair.Key), pair => pair.Value),
            Repeats = repeats.Repeats,
            UnknownOutcomes = repeats.UnknownOutcomes,
            Refusals = driver.Refusals.ToDictionary(pair => CamelCase(pair.Key), pair => pair.Value),
            RefusalSamples = driver.RefusalSamples,
        };
        context.Output.Write(() => summary, () => ReplayView.Of(summary));
        return summary.Agree && summary.Complete ? ExitCodes.Done : ExitCodes.Refused;
    }

    /// <summary>What the run's sessions live under, and what is counted before and after.</summary>
    private SessionNamespace Root(ParseResult parsed, Workload workload)
    {
        var path = parsed.GetValue(prefix)?.ToString() ?? workload.Namespace;
        if (parsed.GetValue(run) is { } segment)
        {
            path += "/" + (segment == "auto" ? "run-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)) : segment);
        }

        // Checked with the longest segment that a row may add, so that it cannot be row 20,000 that does not fit.
        return SessionNamespace.TryParse(path, out var root) && SessionNamespace.TryParse($"{path}/{new string('x', 63)}", out _)
            ? root
            : throw new CliUsageException($"--namespace-prefix and --run make {Plain.Quote(path)}, which is no namespace with room for a segment.");
    }

    private static string CamelCase<T>(T name)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(name.ToString());

    private static Parsed<int> ParseCount(string text, int max) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out var count) && count >= 1 && count <= max
            ? count
            : Parsed<int>.Wrong($"is {Plain.Quote(text)}, not a whole number from 1 to {max}");
}

using System.Globalization;
using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>What truly happened, in true time. The checkers see nothing else.</summary>
internal sealed class History
{
    private readonly List<(long At, string What)> trace = [];
    private readonly Dictionary<ExecutionId, long> decided = [];
    private readonly Dictionary<LeaseId, (long Granted, long Used)> leases = [];
    private long charged;
    private long begun;

    /// <summary>In the order of their admission.</summary>
    public List<Execution> Executions { get; } = [];

    /// <summary>What took effect in the row, in order.</summary>
    public List<Commit> Commits { get; } = [];

    public List<CommandRun> Commands { get; } = [];

    /// <summary>Refusals for a limit, by when they were asked for and answered.</summary>
    public List<Refusal> Refusals { get; } = [];

    /// <summary>When the run was over.</summary>
    public long End { get; set; }

    /// <summary>What counts against the quota of executions at the end; null if nobody could tell.</summary>
    public long? FinalExecutions { get; set; }

    /// <summary>How many executions have begun by the usage that the session reports at the end; null if nobody could tell.</summary>
    public long? FinalBegun { get; set; }

    /// <summary>When somebody cancelled what ran although it might have gone on, and why.</summary>
    public List<(long At, string By, string Why)> TakenAway { get; } = [];

    /// <summary>Whether all who admit could be reached all the time and lived to the end, and only activations went away.</summary>
    public bool OnlyActivationsWentAway { get; set; }

    /// <summary>Whether all admissions were by leases.</summary>
    public bool IsAllLeased => decided.Count == 0;

    public void OnRefused(long askedAt, long at, string by, SessionError error)
    {
        Note(at, $"{by} was refused: {error.Message}");
        if (error is { Code: SessionErrorCode.QuotaExceeded, Dimension: { } dimension, Limit: { } limit })
        {
            Refusals.Add(new(askedAt, at, by, dimension, limit));
        }
    }

    public void OnLeaseLost(long at, string by) => OnTakenAway(at, by, "nobody answered it for all of its grace");

    /// <summary>Takes note that the session did not know what somebody runs, who asked in time.</summary>
    public void OnNotKnown(long at, string by) => OnTakenAway(at, by, "the session did not know it");

    private void OnTakenAway(long at, string by, string why)
    {
        TakenAway.Add((at, by, why));
        Note(at, $"{by} cancels what runs: {why}");
    }

    /// <summary>
    /// The most that may have been charged without having been used: what was granted to a lease and not used under it, single
    /// executions that were never begun, and what an activation had debited when another took over.
    /// </summary>
    public long Unused => NeverBegun + (IsUndisturbed ? 0 : charged + leases.Values.Sum(lease => lease.Granted - lease.Used));

    /// <summary>Single executions that were admitted, and whose callers did not begin them.</summary>
    public long NeverBegun => decided.Count - begun;

    /// <summary>Whether nothing happened that could lose anything.</summary>
    public bool IsUndisturbed { get; set; }

    /// <summary>Whether some holder asked until the end, so that nothing may be left.</summary>
    public bool WasAskedToTheEnd { get; set; }

    /// <summary>Takes note of the most that was ever granted to a lease.</summary>
    public void OnGranted(LeaseId lease, long executions)
    {
        var known = leases.GetValueOrDefault(lease);
        leases[lease] = known with { Granted = Math.Max(known.Granted, executions) };
    }

    public void OnUsed(LeaseId lease) => leases[lease] = leases[lease] with { Used = leases[lease].Used + 1 };

    /// <summary>Takes note that the session admitted a single execution, which is on its way to its caller.</summary>
    public void OnDecided(long at, ExecutionId execution) => decided[execution] = at;

    public Execution OnAdmitted(long at, string by, FunctionName function, long countsUntil, ExecutionId? single = null)
    {
        var execution = new Execution(at, by, function)
        {
            CountsUntil = countsUntil,
            IsSingle = single is not null,
            DecidedAt = single is { } id && decided.TryGetValue(id, out var decision) ? decision : at,
        };
        Executions.Add(execution);
        begun += single is null ? 0 : 1;
        Note(at, $"{by} admitted {function}, #{Executions.Count}");
        return execution;
    }

    public void OnCommitted(long at, string by, SessionRecord record)
    {
        var grant = record.Grant is { } mark ? $"mark {mark.Epoch} with {mark.Executions} executions, {mark.Unclaimed} unclaimed, {mark.ComputeTime}, {mark.Leases.Length} leases{(mark.IsReleased ? ", released" : "")}" : "no mark";
        var quotas = record.Configuration.Quotas;
        Note(at, $"{by} committed version {record.Version}: {record.Status}, {record.Usage.Executions} used, {record.Usage.Forfeited} forfeited, {grant}, "
            + $"quotas {quotas.Executions}/{quotas.Concurrent}/{quotas.PerSecond}/{quotas.ComputeTime}");
        if (Commits is [.., { Record: var before }] && before.Grant is { } old && record.Grant?.Epoch != old.Epoch && record.Grant is not null)
        {
            charged += Math.Max(0, old.Executions - before.Usage.ChargedExecutions);
        }

        Commits.Add(new Commit(at, by, record));
    }

    public CommandRun OnBegan(long at, string name, Process process)
    {
        var run = new CommandRun(at, name, process.Name, () => process.Disturbances);
        Commands.Add(run);
        Note(at, $"{process.Name} began {name}");
        return run;
    }

    public void OnReturned(long at, CommandRun run, string answer)
    {
        run.Return(at);
        Note(at, $"{run.By} returned {run.Name}: {answer}");
    }

    public void Note(long at, string what) => trace.Add((at, what));

    /// <summary>How often other activations took the right to grant during a command.</summary>
    public int Takeovers(CommandRun during) => Commits.Count(commit =>
        commit.At >= during.BeganAt && commit.At <= (during.ReturnedAt ?? End) && commit.By != during.By && commit.Record.Grant?.Epoch == commit.Record.Version);

    /// <summary>The record in force at a moment.</summary>
    public SessionRecord RecordAt(long at)
    {
        var (low, high) = (0, Commits.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Commits[middle].At <= at ? (middle, high) : (low, middle - 1);
        }

        return Commits[low].Record;
    }

    /// <summary>The last of what happened up to a moment, one line each.</summary>
    public string TraceUntil(long at, int lines = 60) => string.Join(
        "\n",
        trace.Where(entry => entry.At <= at).TakeLast(lines).Select(entry =>
            string.Create(CultureInfo.InvariantCulture, $"{Milliseconds(entry.At),10:F1} ms  {entry.What}")));

    public static double Milliseconds(long ticks) => (double)ticks / TimeSpan.TicksPerMillisecond;
}

/// <summary>One admitted execution.</summary>
internal sealed class Execution(long at, string by, FunctionName function)
{
    /// <summary>When it began.</summary>
    public long At => at;

    /// <summary>When it was decided that it may; by a holder in the same moment, by the session for a single one earlier.</summary>
    public long DecidedAt { get; init; }

    public string By => by;

    /// <summary>Whether the session admitted it by itself; then it learns of the end a little later.</summary>
    public bool IsSingle { get; init; }

    public FunctionName Function => function;

    /// <summary>Until when it may hold its place: its lease, or its time to run, is over then.</summary>
    public long CountsUntil { get; set; }

    public long? EndedAt { get; set; }

    /// <summary>From when on it does not count any more.</summary>
    public long CountedEnd => Math.Min(EndedAt ?? long.MaxValue, CountsUntil);

    public override string ToString() => $"{by} admitted {function} at {History.Milliseconds(at):F1} ms";
}

/// <summary>An answer that refused for a limit.</summary>
internal sealed record Refusal(long AskedAt, long At, string By, string Dimension, long Limit);

/// <summary>A write that took effect.</summary>
internal sealed record Commit(long At, string By, SessionRecord Record);

/// <summary>One command, from the moment on at which it was its turn.</summary>
internal sealed class CommandRun(long beganAt, string name, string by, Func<int> disturbances)
{
    private readonly int before = disturbances();

    public long BeganAt => beganAt;

    public string Name => name;

    public string By => by;

    public long? ReturnedAt { get; private set; }

    /// <summary>Whether its activation was stopped meanwhile.</summary>
    public bool WasDisturbed { get; private set; }

    public void Return(long at) => (ReturnedAt, WasDisturbed) = (at, disturbances() != before);

    /// <summary>Says that the run is over.</summary>
    public void GiveUp() => WasDisturbed = ReturnedAt is null ? disturbances() != before : WasDisturbed;
}

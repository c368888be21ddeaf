using System.Collections.Immutable;

namespace Sessions.Grains.Storage.Copy;

/// <summary>How much a store holds, by kind. A kind that is not named counts as 0.</summary>
internal sealed class CopyCounts
{
    public const string Sessions = "sessions";
    public const string SessionBytes = "sessions, bytes";
    public const string Answers = "answers beside their sessions";
    public const string DataAnswers = "answers to writes of data";
    public const string Labels = "labels";
    public const string Events = "events";
    public const string LastEvent = "events, last position";
    public const string Executions = "executions";
    public const string Data = "data values";
    public const string DataBytes = "data values, bytes";
    public const string Policies = "policies";
    public const string PolicyVersions = "policy versions";
    public const string Limits = "live session limits";
    public const string Live = "live sessions counted under them";
    public const string RightLimits = "limits that equal a recount";
    public const string Operations = "operations";
    public const string GrainStateBytes = "states of other grains, bytes";

    private readonly List<KeyValuePair<string, long>> counts = [];

    /// <summary>The kinds of sessions by their state.</summary>
    public static string OfStatus(SessionStatus status) => $"sessions, {status}";

    /// <summary>The kinds of states that Orleans keeps.</summary>
    public static string OfState(string state) => $"states, {state}";

    public CopyCounts Add(string kind, long count)
    {
        counts.Add(KeyValuePair.Create(kind, count));
        return this;
    }

    /// <summary>Both counts of everything that either side has, in the order of the source.</summary>
    public ImmutableArray<CopyLine> Compare(CopyCounts target)
    {
        var (from, to) = (counts.ToDictionary(StringComparer.Ordinal), target.counts.ToDictionary(StringComparer.Ordinal));
        return
        [
            .. counts.Concat(target.counts).Select(one => one.Key).Distinct(StringComparer.Ordinal)
                .Select(kind => new CopyLine(kind, from.GetValueOrDefault(kind), to.GetValueOrDefault(kind))),
        ];
    }
}

/// <summary>One kind of thing, and how many of it there are on either side.</summary>
/// <param name="Kind">What is counted.</param>
/// <param name="InSource">Where it was copied from.</param>
/// <param name="InTarget">Where it was copied to.</param>
internal readonly record struct CopyLine(string Kind, long InSource, long InTarget)
{
    public bool Agrees => InSource == InTarget;
}

using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>
/// How long answers are kept. The newest are in the record, whatever their age. One that leaves the record within the window is kept in
/// the store beside it; one that leaves it later is forgotten. Before a session forgets, it notes the newest instant of issue of what it
/// forgets. A command that it does not know and that was issued up to then may be a forgotten one, and is not done.
/// </summary>
/// <remarks>
/// Both instants of that comparison come from the clocks of callers, and those of a repeated command are equal. So a wrong clock does not
/// make a command be done twice. The session's own clock decides only how long answers are kept: for the window after they were recorded,
/// and after the instant that the command states, should that lie in the future. Hence what is forgotten was issued at least a window ago
/// by the session's clock, and only a caller whose clock is more than that behind can be refused wrongly.
/// </remarks>
internal static class AnswerRules
{
    /// <summary>How many answers the record holds.</summary>
    public const int InRecord = 16;

    /// <summary>From how many answers on it is noted how old they are. The record of a session with few commands stays as it is.</summary>
    public const int NotedFrom = InRecord / 2;

    /// <summary>How far the clock of a caller may be ahead. Ids beyond are treated like those that do not state when they were issued.</summary>
    public static readonly TimeSpan MaxLead = TimeSpan.FromDays(1);

    /// <summary>The history after another answer.</summary>
    /// <param name="history">The history before; null for one in which nothing is noted yet.</param>
    /// <param name="present">What the record holds.</param>
    /// <param name="issuedAt">When the command was issued; null if that is not known.</param>
    /// <param name="now">The moment at which it is recorded.</param>
    /// <param name="window">How long answers are to be kept.</param>
    /// <returns>Null while there is nothing to note.</returns>
    public static AnswerHistory? Record(
        AnswerHistory? history, in AnswersHeld present, DateTimeOffset? issuedAt, DateTimeOffset now, TimeSpan window)
    {
        if (history is null && present.Count < NotedFrom)
        {
            return null;
        }

        var next = Expire(Note(history ?? new(), present, now), now);
        if (next.SealedUntil is null && present.Count >= NotedFrom)
        {
            next = Seal(next, present.Last, now, window);
        }

        if (present.Count >= InRecord)
        {
            next = present.First <= next.Expired
                ? next with { Forgotten = Later(next.Forgotten, next.ExpiredNewest) }
                : next with { Kept = present.First };
        }

        return Note(next, issuedAt, now);
    }

    /// <summary>
    /// The history after answers that are kept beside the record have passed their window; null where there are none. See
    /// <see cref="ForgetAt"/>.
    /// </summary>
    /// <param name="history">The history before.</param>
    /// <param name="last">The version of the newest answer.</param>
    /// <param name="now">The moment.</param>
    /// <param name="window">How long answers are to be kept.</param>
    public static AnswerHistory? Forget(AnswerHistory? history, long last, DateTimeOffset now, TimeSpan window)
    {
        if (history is null || !(ForgetAt(history) <= now))
        {
            return null;
        }

        var next = Expire(history, now);
        return next.Kept == 0 ? next : Seal(next, last, now, window);
    }

    /// <summary>When answers that are kept beside the record are past their window; null where none are kept.</summary>
    public static DateTimeOffset? ForgetAt(AnswerHistory? history) => history is { Kept: > 0 } ? history.SealedUntil : null;

    /// <summary>Whether the answer to a command that is not in the record may be kept beside it, so that somebody has to look.</summary>
    public static bool MayBeKept(AnswerHistory? history, CommandId command) =>
        history is { Kept: > 0 }
        && (command.IssuedAt is not { } issued || issued <= history.Newest || issued <= history.Ahead);

    /// <summary>Whether a command whose answer is not kept anywhere may have been answered before.</summary>
    public static bool MayBeForgotten(AnswerHistory? history, CommandId command) => command.IssuedAt <= history?.Forgotten;

    private static AnswerHistory Note(AnswerHistory history, in AnswersHeld present, DateTimeOffset now)
    {
        // Where nothing was noted before, the ids in the record say all of it.
        foreach (var issued in present.Issued)
        {
            history = Note(history, issued, now);
        }

        return history;
    }

    private static AnswerHistory Note(AnswerHistory history, DateTimeOffset? issuedAt, DateTimeOffset now) =>
        issuedAt is not { } issued ? history
        : issued - now > MaxLead ? history with { Ahead = Later(history.Ahead, issued) }
        : history with { Newest = Later(history.Newest, issued) };

    private static AnswerHistory Expire(AnswerHistory history, DateTimeOffset now)
    {
        if (!(history.SealedUntil <= now))
        {
            return history;
        }

        var next = history with
        {
            Expired = history.Sealed,
            ExpiredNewest = history.SealedNewest,
            Sealed = 0,
            SealedUntil = null,
            SealedNewest = null,
        };
        return next.Kept == 0 ? next : next with
        {
            Kept = next.Kept <= next.Expired ? 0 : next.Kept,
            Forgotten = Later(next.Forgotten, next.ExpiredNewest),
        };
    }

    private static AnswerHistory Seal(AnswerHistory history, long last, DateTimeOffset now, TimeSpan window) => history with
    {
        Sealed = last,
        SealedUntil = Later(history.Newest, now) + window,
        SealedNewest = history.Newest,
    };

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;
}

/// <summary>The answers that a session holds.</summary>
/// <param name="Count">How many.</param>
/// <param name="First">The version of the oldest; 0 if there is none.</param>
/// <param name="Last">The version of the newest; 0 if there is none.</param>
/// <param name="Issued">When their commands were issued, where nothing was noted of that yet.</param>
internal readonly record struct AnswersHeld(int Count, long First, long Last, ImmutableArray<DateTimeOffset?> Issued)
{
    /// <summary>The answers in a record.</summary>
    public static AnswersHeld In(SessionRecord record)
    {
        var answers = record.Answers;
        var isNoted = record.History is not null || answers.Length < AnswerRules.NotedFrom;
        return answers.IsEmpty
            ? new(0, 0, 0, [])
            : new(answers.Length, answers[0].Version, answers[^1].Version, isNoted ? [] : [.. answers.Select(answer => answer.CommandId.IssuedAt)]);
    }
}

/// <summary>What a save does to the answers that are kept beside the record.</summary>
internal sealed record AnswerChanges
{
    /// <summary>Nothing.</summary>
    public static readonly AnswerChanges None = new();

    /// <summary>Those that leave the record and are kept from now on.</summary>
    public ImmutableArray<RecordedAnswer> Kept { get; init; } = [];

    /// <summary>Those up to this version go; 0 for none.</summary>
    public long ForgottenUpTo { get; init; }

    /// <summary>The one that made this version goes, because what it answered was undone; 0 for none.</summary>
    public long TakenBack { get; init; }

    /// <summary>Whether there is anything to do.</summary>
    public bool IsEmpty => Kept.IsEmpty && ForgottenUpTo == 0 && TakenBack == 0;

    /// <summary>What the change from one version to the next does.</summary>
    /// <param name="before">The record before; null for a new session.</param>
    /// <param name="next">The record after.</param>
    /// <param name="takenBack">The version whose answer the change takes back; 0 for none.</param>
    public static AnswerChanges Between(SessionRecord? before, SessionRecord next, long takenBack = 0)
    {
        if (before is null || (before.History is null && next.History is null) || (before.History == next.History && takenBack == 0))
        {
            return None;
        }

        var (had, has) = (before.History?.Kept ?? 0, next.History?.Kept ?? 0);
        var changes = new AnswerChanges
        {
            Kept = has <= had ? [] : [.. before.Answers.Where(answer => answer.Version > had && answer.Version <= has)],
            ForgottenUpTo = had > 0 && next.History!.Expired > before.History!.Expired ? next.History.Expired : 0,
            TakenBack = takenBack <= had ? takenBack : 0,
        };
        return changes.IsEmpty ? None : changes;
    }
}

/// <summary>What was found beside a record of the answer to a command.</summary>
/// <param name="UpTo">The <see cref="AnswerHistory.Kept"/> of the record by which it was looked for.</param>
/// <param name="Answer">The answer; null if none is kept.</param>
internal readonly record struct FoundAnswer(long UpTo, RecordedAnswer? Answer);

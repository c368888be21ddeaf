namespace Sessions.Core.Tests.Histories;

/// <summary>
/// Says what is wrong with a history of decisions. It knows the promises, not the code: the table is the one that was copied by
/// hand, and the end of a session is computed anew from what happened.
/// </summary>
internal sealed class HistoryChecker
{
    private readonly List<string> violations = [];
    private readonly AnswerChecks answers;
    private readonly ClockChecks clock;
    private readonly TermsChecks terms;

    private HistoryChecker() => (answers, clock, terms) = (new AnswerChecks(Report), new ClockChecks(Report), new TermsChecks(Report));

    /// <summary>Every broken promise, each as its name and what broke it.</summary>
    public static IReadOnlyList<string> FindViolations(IReadOnlyList<Step> history)
    {
        var checker = new HistoryChecker();
        for (var i = 0; i < history.Count; i++)
        {
            checker.Check(history[i], i == 0 ? null : history[i - 1]);
        }

        return checker.violations;
    }

    private void Check(Step step, Step? previous)
    {
        if (!ReferenceEquals(step.Before, previous?.After))
        {
            Report(Promise.NothingLeftBehind, "the session changed between two decisions");
        }

        if (step is { Input: Input.AnswersPass, Before: { } whole, After: { } rest })
        {
            if (rest != whole with { Version = whole.Version + 1, History = rest.History })
            {
                Report(Promise.NothingLeftBehind, "forgetting answers changed more than that");
            }

            return;
        }

        if (step.IsCommit)
        {
            CommitChecks.Check(step, Report);
        }
        else
        {
            RefusalChecks.Check(step, Report);
        }

        if (step.After is { } after)
        {
            StateChecks.Check(after, step.Now, Report);
        }

        answers.Check(step);
        clock.Check(step);
        terms.Check(step);
    }

    private void Report(string promise, string what) => violations.Add($"{promise}: {what}");
}

/// <summary>The promises, by name.</summary>
internal static class Promise
{
    public const string NothingLeftBehind = "a refused command leaves nothing";
    public const string VersionsByOne = "versions grow by one";
    public const string FinalIsFinal = "final states are final";
    public const string MovesOfTheTable = "every move is in the table";
    public const string DenseEvents = "events are dense";
    public const string EventsOfTheMove = "a move has its events";
    public const string CauseIsKept = "every change has its cause";
    public const string RepliesAlike = "a repeated command is answered alike";
    public const string ConflictsAreSeen = "an id used again for other content is a conflict";
    public const string FewAnswers = "few answers are kept";
    public const string TimesFitTheState = "times fit the state";
    public const string EndsByItself = "what must end by itself is due";
    public const string EndIsRight = "the end is right";
    public const string OverIsOver = "nothing lives past its end";
    public const string NotTooEarly = "nothing ends early";
    public const string TermsAreKept = "the terms are those that were stated last";
    public const string PoliciesBind = "what policies say binds";
    public const string QuotasAreKept = "children take no more than the quota";
    public const string ChildrenEndFirst = "children end first";
    public const string RefusalIsTrue = "a refusal tells the truth";
}

namespace Sessions.Core;

/// <summary>What a command that sets something is.</summary>
internal enum SettingCommand
{
    /// <summary>One that was not answered before, or that has no id.</summary>
    New = 1,

    /// <summary>A repetition: it gets the version of the first answer.</summary>
    Repeated = 2,

    /// <summary>Another one under a used id.</summary>
    Reused = 3,

    /// <summary>Perhaps a repetition of one that is forgotten.</summary>
    TooOld = 4,
}

/// <summary>
/// The rule of <see cref="AnswerRules"/> for what is set seldom: each answer has its own instant, because a version may be the answer to
/// many commands. The newest are kept whatever their age, the others for the window, and what is forgotten is noted.
/// </summary>
internal static class SettingAnswerRules
{
    /// <summary>How many are kept at most. A caller who sends more within the window may find the oldest too old, and none done twice.</summary>
    public const int Most = 256;

    /// <summary>What a command is, and the version that it made if it is a repetition.</summary>
    public static (SettingCommand What, long Version) Judge(SettingAnswers answers, CommandId? command, long contentHash)
    {
        if (command is not { } id)
        {
            return (SettingCommand.New, 0);
        }

        foreach (var answer in answers.Answers)
        {
            if (answer.CommandId == id)
            {
                return answer.ContentHash == contentHash ? (SettingCommand.Repeated, answer.Version) : (SettingCommand.Reused, answer.Version);
            }
        }

        return (id.IssuedAt <= answers.Forgotten ? SettingCommand.TooOld : SettingCommand.New, 0);
    }

    /// <summary>The answers with one more.</summary>
    /// <param name="answers">Those before.</param>
    /// <param name="command">The command; null for one without an id, to which no answer is kept.</param>
    /// <param name="contentHash">The hash of what it said.</param>
    /// <param name="version">Its answer.</param>
    /// <param name="now">The moment.</param>
    /// <param name="window">How long answers are kept.</param>
    public static SettingAnswers Record(
        SettingAnswers answers, CommandId? command, long contentHash, long version, DateTimeOffset now, TimeSpan window)
    {
        if (command is not { } id)
        {
            return answers;
        }

        // For the window after the instant that the command states, should that lie ahead and be believed.
        var issued = id.IssuedAt is { } stated && stated > now && stated - now <= AnswerRules.MaxLead ? stated : now;
        var all = answers.Answers.Add(new SettingAnswer(id, contentHash, version, issued + window));
        var kept = all.Where((answer, n) =>
            n >= all.Length - AnswerRules.InRecord || (answer.KeptUntil > now && n >= all.Length - Most)).ToArray();
        var forgotten = all.Except(kept).Select(answer => answer.CommandId.IssuedAt).Where(at => at - now <= AnswerRules.MaxLead).Max();
        return new SettingAnswers
        {
            Answers = [.. kept],
            Forgotten = answers.Forgotten is { } before && !(forgotten > before) ? before : forgotten,
        };
    }
}

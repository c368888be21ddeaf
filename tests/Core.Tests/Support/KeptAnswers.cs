namespace Sessions.Core.Tests.Support;

/// <summary>The answers that are kept beside a record, as a store keeps them.</summary>
internal sealed class KeptAnswers
{
    private readonly List<RecordedAnswer> kept = [];

    public int Count => kept.Count;

    /// <summary>Decides as a grain does: what is kept beside the record is looked for when the rules ask for it.</summary>
    public Decision Decide(SessionRecord? record, SessionCommand command, DecisionFacts facts, Rule? rule = null)
    {
        rule ??= SessionRules.Decide;
        var decision = rule(Given.Id, record, command, facts with { Found = null });
        return decision.NeedsAnswer
            ? rule(Given.Id, record, command, facts with { Found = new FoundAnswer(record!.History!.Kept, Find(command.CommandId)) })
            : decision;
    }

    /// <summary>Keeps what leaves the record by a decision, and drops what the session forgets by it.</summary>
    /// <returns>The record after it.</returns>
    public SessionRecord? Commit(SessionRecord? before, Decision decision)
    {
        if (decision.Next is not { } next)
        {
            return before;
        }

        var changes = AnswerChanges.Between(before, next, decision.TakesBack);
        kept.RemoveAll(answer => answer.Version <= changes.ForgottenUpTo || answer.Version == changes.TakenBack);
        kept.AddRange(changes.Kept);
        return next;
    }

    private RecordedAnswer? Find(CommandId command) =>
        kept.FindIndex(answer => answer.CommandId == command) is var index and >= 0 ? kept[index] : null;

    internal delegate Decision Rule(SessionId id, SessionRecord? record, SessionCommand command, DecisionFacts facts);
}

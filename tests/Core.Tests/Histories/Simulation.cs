using Sessions.Core.Children;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Histories;

/// <summary>Plays a script as a grain would: time has its due first, and what is committed becomes visible.</summary>
internal sealed class Simulation(Rules rules, Script script)
{
    private readonly List<Step> steps = [];
    private readonly List<SessionCommand> sent = [];
    private readonly KeptAnswers kept = new();
    private SessionRecord? record;
    private long revision;
    private DateTimeOffset now = Given.Start;

    public static IReadOnlyList<Step> Play(Rules rules, Script script)
    {
        var simulation = new Simulation(rules, script);
        foreach (var act in script.Acts)
        {
            simulation.Play(act);
        }

        return simulation.steps;
    }

    private void Play(Act act)
    {
        switch (act)
        {
            case Act.Issue issue:
                Send(Make(issue.Kind));
                break;
            case Act.Advance advance when Lively() is { Count: > 0 } verbs:
                Send(Script.Commands.Make(verbs[advance.Which % verbs.Count], script, now) with { CommandId = CommandId.New(now) });
                break;
            case Act.Advance:
                Play(new Act.Provision(null, Fails: false));
                break;
            case Act.Repeat repeat when sent.Count > 0:
                Send(sent[repeat.Which % sent.Count]);
                break;
            case Act.Reuse reuse when sent.Count > 0:
                Send(Script.Commands.Make(reuse.Kind, script, now) with { CommandId = sent[reuse.Which % sent.Count].CommandId });
                break;
            case Act.Wait wait:
                now += wait.For;
                LetTimePass();
                break;
            case Act.WaitUntilDue due when record is not null && SessionClock.DueAt(record) is { } at && at.AddTicks(due.Ticks) > now:
                now = at.AddTicks(due.Ticks);
                LetTimePass();
                break;
            case Act.EndChild end when record is { Children.Length: > 0 }:
                LetTimePass();
                if (record.Children is { Length: > 0 } shares)
                {
                    var child = Given.ChildOf(record, shares[end.Which % shares.Length].Id);
                    child = end.Early ? child : ChildRules.EndWithParent(child, Given.Facts(now)).Next!;
                    Record(new Input.ChildEnds(child), rules.EndChild(record, child, Facts()));
                }

                break;
            case Act.ChangePolicy change when record is not null:
                LetTimePass();
                var policy = new EffectivePolicy { Namespace = record.Namespace, Revision = ++revision, Ceiling = change.Ceiling };
                Record(new Input.PolicyChanges(policy), rules.ApplyPolicy(record, policy, now));
                break;
            case Act.Provision provision when record is not null:
                LetTimePass();
                var (stage, failure) = (provision.Stage ?? record.Status, provision.Fails ? "no space" : null);
                Record(new Input.ProvisioningEnds(stage, failure), rules.EndProvisioning(record, stage, failure, now));
                break;
        }
    }

    private SessionCommand Make(int kind) => Script.Commands.Make(kind, script, now) with { CommandId = CommandId.New(now) };

    private List<SessionVerb> Lively() =>
        [.. Given.Verbs.Where(verb => verb is not (SessionVerb.Close or SessionVerb.Cancel)
            && ExpectedTable.Moves.Any(move => move.From == record?.Status && move.Trigger == (SessionTrigger)verb))];

    private void Send(SessionCommand command)
    {
        LetTimePass();
        sent.Add(command);
        Record(new Input.Command(command), kept.Decide(record, command, Facts(), rules.Decide.Invoke));
    }

    private void LetTimePass()
    {
        // Two moves can be due at once: the end of the time, then the end of the teardown. Bounded, for the sake of broken rules.
        for (var i = 0; i < 3 && record is not null; i++)
        {
            var decision = rules.LetTimePass(record, Facts());
            Record(IsForgetting(decision) ? new Input.AnswersPass() : new Input.TimePasses(), decision);
            if (decision.Next is null)
            {
                break;
            }
        }
    }

    private bool IsForgetting(Decision decision) =>
        decision.Next is { } next && next.History != record!.History && next.Status == record.Status && next.LastSequence == record.LastSequence;

    private void Record(Input input, Decision decision)
    {
        var before = record;
        record = kept.Commit(record, decision);
        steps.Add(new Step(input, now, before, decision, record));
    }

    private DecisionFacts Facts() => Given.Facts(now, script.Provisioned ? Given.ProvisionedTemplate : null);
}

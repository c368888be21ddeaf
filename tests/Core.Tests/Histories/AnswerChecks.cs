using System.Text.Json;
using Sessions.Core.Stored;

namespace Sessions.Core.Tests.Histories;

/// <summary>Remembers what was answered, and compares when it is asked again.</summary>
internal sealed class AnswerChecks(Action<string, string> report)
{
    private const int Kept = 16;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <summary>The commands that changed something, oldest first, with what they said and the version that they made.</summary>
    private readonly List<(CommandId Id, string Content, long Version, DateTimeOffset At)> done = [];

    public void Check(Step step)
    {
        if (step.After is { Answers: var answers }
            && (answers.Length > Kept || answers.Select(answer => answer.CommandId).Distinct().Count() != answers.Length))
        {
            report(Promise.FewAnswers, $"{answers.Length} are kept");
        }

        if (step is not { Input: Input.Command { Value: var command } })
        {
            return;
        }

        var content = JsonSerializer.Serialize(command, StoredJson.Default.GetTypeInfo(command.GetType())!);
        var isWellFormed = step.Decision.Refusal?.Code != SessionErrorCode.InvalidConfiguration;
        var known = done.Skip(done.Count - Kept).Union(done.Where(entry => step.Now - entry.At < Window))
            .LastOrDefault(entry => entry.Id == command.CommandId);
        if (known.Content is not null && isWellFormed)
        {
            CompareWith(known, content, step);
        }

        if (!step.IsCommit)
        {
            return;
        }

        done.Add((command.CommandId, content, step.After!.Version, step.Now));
        if (step.After.Answers is not [.., var answer]
            || (answer.CommandId, answer.Version, answer.Verb) != (command.CommandId, step.After.Version, command.Verb))
        {
            report(Promise.RepliesAlike, $"the answer to {command.Verb} was not recorded");
        }
    }

    private void CompareWith((CommandId Id, string Content, long Version, DateTimeOffset At) known, string content, Step step)
    {
        if (known.Content == content && step.Decision.ReplayOf != known.Version)
        {
            report(Promise.RepliesAlike, $"{known.Content} made {known.Version}, then {step.Decision.ReplayOf}");
        }

        if (known.Content != content && step.Decision.Refusal?.Code != SessionErrorCode.CommandConflict)
        {
            report(Promise.ConflictsAreSeen, $"{known.Content}, then {content}");
        }
    }
}

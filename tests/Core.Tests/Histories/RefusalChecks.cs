using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Histories;

/// <summary>What must hold of a decision that commits nothing.</summary>
internal static class RefusalChecks
{
    public static void Check(Step step, Action<string, string> report)
    {
        if (!ReferenceEquals(step.Before, step.After) || !step.Decision.Events.IsEmpty)
        {
            report(Promise.NothingLeftBehind, $"{step.Input} on {step.Before?.Status}");
        }

        if (step is not { Input: Input.Command { Value: var command } })
        {
            return;
        }

        var (refusal, replay) = (step.Decision.Refusal, step.Decision.ReplayOf);
        var legal = ExpectedTable.Moves.Any(move => move.From == step.Before?.Status && move.Trigger == step.Trigger);
        var honest = refusal?.Code switch
        {
            null => replay is > 0 && replay <= step.Before?.Version,
            SessionErrorCode.SessionNotFound => step.Before is null,
            SessionErrorCode.InvalidTransition => !legal && refusal.Status == step.Before?.Status && refusal.Verb == command.Verb,
            SessionErrorCode.VersionConflict =>
                command.ExpectedVersion == refusal.ExpectedVersion && command.ExpectedVersion != (step.Before?.Version ?? 0),
            SessionErrorCode.SessionExpired => step.Before is { } before
                && (before.ExpiresAt <= step.Now
                    || (before.Status == SessionStatus.Active && before.RunningSince + before.Configuration.Settings.IdleTimeout <= step.Now)),
            SessionErrorCode.QuotaExceeded => command is OpenChildSession open
                && TermsChecks.Held(step.Before!) + 1 + open.Specification.Overrides.Quotas!.Children > step.Before!.Configuration.Quotas.Children,
            SessionErrorCode.InvalidConfiguration => !refusal.Faults.IsEmpty,
            SessionErrorCode.CommandTooOld => command.CommandId.IssuedAt <= step.Now.AddMinutes(-5) && refusal.ActualVersion == step.Before?.Version,
            SessionErrorCode.CommandConflict => step.Before is not null,
            _ => false,
        };
        if (!honest)
        {
            report(Promise.RefusalIsTrue, $"{command.Verb} on {step.Before?.Status}: {refusal?.Code} {replay}");
        }
    }
}

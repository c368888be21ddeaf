namespace Sessions.Core.Tests.Histories;

/// <summary>Follows what a session may do and use from the commands that were done.</summary>
internal sealed class TermsChecks(Action<string, string> report)
{
    private SessionConfiguration? terms;

    /// <summary>How much of the quota of children is gone: for each one of them, and what was moved to it.</summary>
    public static long Held(SessionRecord record) => record.Children.Sum(child => 1 + (child.Quotas.Children ?? 0));

    public void Check(Step step)
    {
        if (step is { Input: Input.PolicyChanges { Policy: var policy }, After: { Status: SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused } bound }
            && (bound.Bounds?.Ceiling ?? SessionCeiling.None) != policy.Ceiling)
        {
            report(Promise.PoliciesBind, $"{bound.Bounds} instead of {policy}");
        }

        if (!step.IsCommit)
        {
            return;
        }

        var after = step.After!;
        terms ??= after.Configuration;
        if (step.Input is Input.Command { Value: AdjustSession adjust })
        {
            terms = terms with
            {
                Permissions = adjust.Permissions ?? terms.Permissions,
                FunctionPatterns = adjust.FunctionPatterns ?? terms.FunctionPatterns,
                Quotas = adjust.Quotas ?? terms.Quotas,
            };
        }

        // A limit that is lowered leaves open children alone.
        if (step.Input is Input.Command { Value: OpenChildSession } && Held(after) > terms.Quotas.Children)
        {
            report(Promise.QuotasAreKept, $"{Held(after)} of {terms.Quotas.Children} children");
        }

        if (after.Children.Length > 0 && after.Status is not (SessionStatus.Active or SessionStatus.Paused or SessionStatus.Closing))
        {
            report(Promise.ChildrenEndFirst, $"{after.Status} with {after.Children.Length} open children");
        }

        if (after.Configuration != terms)
        {
            report(Promise.TermsAreKept, $"{after.Configuration} instead of {terms} after {step.Input}");
        }
    }
}

namespace Sessions.Core.Tests.Histories;

/// <summary>Follows what a session may do and use from the commands that were done.</summary>
internal sealed class TermsChecks(Action<string, string> report)
{
    private SessionConfiguration? terms;

    public void Check(Step step)
    {
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

        if (after.Configuration != terms)
        {
            report(Promise.TermsAreKept, $"{after.Configuration} instead of {terms} after {step.Input}");
        }
    }
}

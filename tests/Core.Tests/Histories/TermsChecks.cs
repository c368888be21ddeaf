namespace Sessions.Core.Tests.Histories;

/// <summary>Follows what a session may do and use, and what it holds, from the commands that were done.</summary>
internal sealed class TermsChecks(Action<string, string> report)
{
    private readonly Dictionary<HeldQuota, long> held = new() { [HeldQuota.DataBytes] = 0, [HeldQuota.Children] = 0 };
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

        if (step.Input is Input.Command { Value: ChargeSession charge })
        {
            held[charge.Quota] += charge.Amount;
            var limit = charge.Quota == HeldQuota.DataBytes ? terms.Quotas.DataBytes : terms.Quotas.Children;

            // Giving back goes on above a limit that was lowered.
            if (charge.Amount > 0 && held[charge.Quota] > limit)
            {
                report(Promise.QuotasAreKept, $"{held[charge.Quota]} of {limit} {charge.Quota}");
            }
        }

        if (after.Configuration != terms)
        {
            report(Promise.TermsAreKept, $"{after.Configuration} instead of {terms} after {step.Input}");
        }

        if ((after.Usage.DataBytes, after.Usage.Children) != (held[HeldQuota.DataBytes], held[HeldQuota.Children]))
        {
            report(Promise.ChargesAddUp, $"{after.Usage} instead of {held[HeldQuota.DataBytes]} and {held[HeldQuota.Children]}");
        }
    }
}

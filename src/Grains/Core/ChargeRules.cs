namespace Sessions.Core;

/// <summary>The rules of quotas that are held: nobody holds more than the limit, and nobody gives back what is not held.</summary>
internal static class ChargeRules
{
    /// <summary>What is wrong with the form of <paramref name="charge"/>, in any state.</summary>
    public static IEnumerable<ConfigurationFault> FindFaults(ChargeSession charge)
    {
        if (charge.Quota is not (HeldQuota.DataBytes or HeldQuota.Children))
        {
            yield return new("quota", $"is {charge.Quota}, neither {HeldQuota.DataBytes} nor {HeldQuota.Children}");
        }

        if (charge.Amount == 0)
        {
            yield return new("amount", "is 0, which neither reserves nor gives back");
        }
    }

    public static Decision Decide(SessionRecord record, ChargeSession charge, Change change)
    {
        var (usage, quotas) = (record.Usage, record.Configuration.Quotas);
        var (held, limit) = charge.Quota == HeldQuota.DataBytes ? (usage.DataBytes, quotas.DataBytes) : (usage.Children, quotas.Children);
        if (charge.Amount < -held)
        {
            return Decision.Refuse(SessionError.InvalidConfiguration(
                record.Id, [new("amount", $"is {charge.Amount}, and no more than {held} can be given back")], charge.Verb));
        }

        // Subtracted and not added, which could overflow. What is held may be more than a limit that was lowered since: giving back
        // goes on all the same.
        if (charge.Amount > 0 && charge.Amount > (limit ?? long.MaxValue) - held)
        {
            return Decision.Refuse(Refusals.QuotaExceeded(record, charge, limit, held));
        }

        var after = charge.Quota == HeldQuota.DataBytes
            ? usage with { DataBytes = held + charge.Amount }
            : usage with { Children = held + charge.Amount };
        return change.To(record with { Usage = after }, record.Status).Commit();
    }
}

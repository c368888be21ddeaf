using System.Collections.Immutable;

namespace Sessions.Core.Isolation;

/// <summary>Says which policy decides, and why, as a person would read it.</summary>
internal static class PolicyTrace
{
    /// <summary>What every policy that counts for <paramref name="namespace"/> says to an execution with these permissions and to one more live session.</summary>
    public static ImmutableArray<PolicyStep> Of(
        SessionNamespace @namespace,
        SessionPermissions permissions,
        IReadOnlyDictionary<SessionNamespace, NamespacePolicy?> newest,
        IEnumerable<LiveCount> live)
    {
        var steps = ImmutableArray.CreateBuilder<PolicyStep>();
        var counts = live.ToDictionary(count => count.Namespace);
        foreach (var counting in PolicyEvaluator.Counting(@namespace, newest))
        {
            if (!newest.TryGetValue(counting, out var policy))
            {
                continue;
            }

            if (policy is null)
            {
                steps.Add(new(counting, "cannot be read, and so permits nothing", false));
                continue;
            }

            if (policy.Definition.Ceiling.Permissions is { } mask)
            {
                var missing = permissions & ~mask;
                steps.Add(new(counting, missing == 0 ? $"permits {mask}" : $"does not permit {missing}", missing == 0));
            }

            if (counts.TryGetValue(counting, out var count))
            {
                var waiting = count.Waiting is > 0 ? $", and {count.Waiting} wait" : "";
                steps.Add(new(counting, $"live sessions: {count.Live} of {count.Maximum}{waiting}", count.Live < count.Maximum && waiting.Length == 0));
            }
        }

        return steps.ToImmutable();
    }

    /// <summary>What the rules of every policy that counts for <paramref name="namespace"/> say to an access to the data of a session there.</summary>
    public static ImmutableArray<PolicyStep> OfData(
        SessionNamespace @namespace,
        SessionId caller,
        SessionNamespace callerNamespace,
        DataAccessRequest request,
        IReadOnlyDictionary<SessionNamespace, NamespacePolicy?> newest,
        DateTimeOffset now)
    {
        var steps = ImmutableArray.CreateBuilder<PolicyStep>();
        foreach (var counting in PolicyEvaluator.Counting(@namespace, newest))
        {
            if (!newest.TryGetValue(counting, out var policy))
            {
                continue;
            }

            if (policy is null)
            {
                steps.Add(new(counting, "cannot be read, and so permits nothing", false));
            }
            else if (policy.Definition.DataRules is { } rules)
            {
                steps.Add(DataAccessRules.JudgePolicy(new(counting, rules), @namespace, caller, callerNamespace, request, now));
            }
        }

        return steps.Count > 0 ? steps.ToImmutable() : [new(@namespace, DataAccessRules.Silent, false)];
    }
}

using System.Collections.Immutable;
using Sessions.Cli.Parsing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Output;

/// <summary>Policies for people. What came from outside goes in as text, never as markup.</summary>
internal static class PolicyViews
{
    public static IRenderable Policy(SessionNamespace @namespace, NamespacePolicy? policy, PolicyReach? reach, long? waiting, DateTimeOffset now)
    {
        if (policy is null)
        {
            return new Cell($"{@namespace} has no policy of its own.");
        }

        var table = Views.Facts();
        Views.Row(table, "policy", $"{policy.Namespace}, version {policy.Version}");
        Views.Row(table, "set", $"{Views.Time(policy.SetAt, now)} by {policy.SetBy}{(policy.Reason is { Length: > 0 } reason ? $": {reason}" : "")}");
        Views.Row(table, "description", policy.Definition.Description);
        Views.Row(table, "extends", string.Join(", ", policy.Definition.Extends));
        Ceiling(table, policy.Definition.Ceiling);
        Views.Row(table, "live sessions", policy.Definition.MaxLiveSessions is { } maximum ? $"at most {Views.Number(maximum)}" : null);
        if (policy.Definition.Queue is { } queue)
        {
            var length = waiting is { } count ? $"; {Views.Number(count)} wait now" : "";
            Views.Row(table, "queue", $"at most {Views.Number(queue.Maximum)}, each up to {DurationText.Write(queue.Wait)}{length}");
        }

        if (policy.Definition.DataRules is { } rules)
        {
            Rules(table, "data rule", rules);
        }

        if (reach is not null)
        {
            Views.Row(table, "applied", $"to {Views.Number(reach.Sessions)} live sessions");
            Views.Row(table, "not reached", NotReached(reach));
        }

        return table;
    }

    public static IRenderable History(IReadOnlyList<NamespacePolicy> policies, DateTimeOffset now)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("version", "set", "reason", "description");
        foreach (var policy in policies)
        {
            table.AddRow(
                new Cell(Views.Number(policy.Version)),
                new Cell($"{Views.Time(policy.SetAt, now)} by {policy.SetBy}"),
                new Cell(policy.Reason ?? ""),
                new Cell(policy.Definition.Description ?? ""));
        }

        return table;
    }

    public static IRenderable Effective(EffectivePolicy policy, ImmutableArray<LiveCount> live)
    {
        var table = Views.Facts();
        Views.Row(table, "namespace", policy.Namespace.ToString());
        Views.Row(table, "revision", Views.Number(policy.Revision));
        Ceiling(table, policy.Ceiling);
        foreach (var count in live)
        {
            Views.Row(table, $"live in {count.Namespace}", $"{Views.Number(count.Live)} of {Views.Number(count.Maximum ?? 0)}{Waiting(count)}");
        }

        foreach (var set in policy.DataRules)
        {
            Rules(table, $"data rule of {set.Namespace}", set.Rules);
        }

        return table;
    }

    public static IRenderable Explanation(PolicyExplanation explanation)
    {
        var lines = new List<IRenderable>();
        if (!explanation.Steps.IsEmpty)
        {
            var table = new Table().Border(TableBorder.Rounded).AddColumns("policy", "", "says");
            foreach (var step in explanation.Steps)
            {
                table.AddRow(
                    new Cell(step.Namespace.ToString()),
                    new Cell(step.Passed ? "passed" : "REFUSED", new Style(step.Passed ? Color.Green : Color.Red)),
                    new Cell(step.Rule));
            }

            lines.Add(table);
        }

        lines.Add(new Cell(explanation.Deciding is { } deciding ? $"refused: the policy of {deciding.Namespace}: {deciding.Rule}" : "permitted"));
        return new Rows(lines);
    }

    /// <summary>What policies bound a session to, in a table of its own.</summary>
    public static IRenderable Bounds(SessionCeiling ceiling, long revision)
    {
        var table = Views.Facts();
        Views.Row(table, "bound by policies", $"at revision {Views.Number(revision)}");
        Ceiling(table, ceiling);
        return table;
    }

    private static void Ceiling(Table table, SessionCeiling ceiling)
    {
        Views.Row(table, "ceiling: max duration", ceiling.MaxDuration is { } longest ? DurationText.Write(longest) : null);
        Views.Row(table, "ceiling: permissions", ceiling.Permissions is { } most ? Views.Permissions(most) : null);
        Views.Quotas(table, ceiling.Quotas, usage: null, prefix: "ceiling: ");
    }

    private static string Waiting(LiveCount count) => count.Waiting is { } waiting ? $", and {Views.Number(waiting)} wait" : "";

    private static void Rules(Table table, string name, ImmutableArray<DataRule> rules)
    {
        foreach (var rule in rules)
        {
            Views.Row(table, name, rule.ToString());
        }

        Views.Row(table, name, rules.IsEmpty ? "none: nobody may reach across" : null);
    }

    private static string? NotReached(PolicyReach reach)
    {
        string?[] parts =
        [
            reach.Missed > 0 ? $"{Views.Number(reach.Missed)} sessions, such as {reach.MissedSessions.FirstOrDefault()}" : null,
            reach.MissedSilos > 0 ? $"{reach.MissedSilos} silos" : null,
        ];
        var missed = string.Join(", ", parts.OfType<string>());
        return missed.Length == 0 ? null : $"{missed}; it holds for them within one lease";
    }
}

using System.Collections.Immutable;

namespace Sessions;

/// <summary>What a well-formed question for sessions is. Clients ask before they send; the grain asks again, because it trusts nobody.</summary>
public static class SearchRules
{
    /// <summary>The most sessions on a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The most labels that a query may state.</summary>
    public const int MaxLabels = 8;

    /// <summary>The most conditions of labels that a query may state.</summary>
    public const int MaxLabelConditions = 8;

    /// <summary>The most values of one condition.</summary>
    public const int MaxConditionValues = 16;

    private const int MinTextLength = 2;
    private const int MaxTextLength = 64;
    private const int MaxLabelKeyLength = 63;
    private const int MaxLabelValueLength = 256;
    private const int MaxTokenLength = 128;

    /// <summary>All that is wrong with the question for a page; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(ListSessions request)
    {
        var faults = FindFaults(request.Query).ToBuilder();
        if (request.Order is < SessionOrder.NewestFirst or > SessionOrder.EndsLast)
        {
            faults.Add(new("order", $"is {request.Order}, which is not an order"));
        }

        if (request.Limit is < 1 or > MaxLimit)
        {
            faults.Add(new("limit", $"is {request.Limit}, not between 1 and {MaxLimit}"));
        }

        CheckToken(faults, request.After);
        return faults.ToImmutable();
    }

    /// <summary>All that is wrong with the question for a count; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(CountSessions request)
    {
        var faults = FindFaults(request.Query).ToBuilder();
        CheckToken(faults, request.After);
        return faults.ToImmutable();
    }

    /// <summary>All that is wrong with a query; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(SessionQuery query)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (query.Namespace is { } within && !SessionNamespace.TryParse(within.ToString(), out _))
        {
            faults.Add(new("namespace", "is not a namespace"));
        }

        if (query.Creator is { IsValid: false })
        {
            faults.Add(new("creator", "is not a principal"));
        }

        if (query.Template is { IsValid: false })
        {
            faults.Add(new("template", "is not a template's name"));
        }

        CheckStatuses(faults, query.Statuses);
        CheckLabels(faults, query.Labels);
        CheckConditions(faults, query.LabelConditions);
        if (query.Parent is { IsDefault: true })
        {
            faults.Add(new("parent", "is not the id of a session"));
        }

        CheckText(faults, query.Text);
        CheckRange(faults, "requested", query.RequestedFrom, query.RequestedBefore);
        CheckRange(faults, "ends", query.EndsFrom, query.EndsBefore);
        return faults.ToImmutable();
    }

    /// <summary>What is wrong with the place to go on from, as the grain finds it when it reads the token.</summary>
    internal static ConfigurationFault TokenFault(string problem) => new("after", problem);

    private static void CheckToken(ImmutableArray<ConfigurationFault>.Builder faults, string? after)
    {
        // Before anybody reads it: a size is capped before anything is done with it.
        if (after is { Length: > MaxTokenLength })
        {
            faults.Add(TokenFault($"has {after.Length} characters, more than {MaxTokenLength}"));
        }
    }

    private static void CheckStatuses(ImmutableArray<ConfigurationFault>.Builder faults, ImmutableArray<SessionStatus> statuses)
    {
        if (statuses.Length > (int)SessionStatus.Failed)
        {
            faults.Add(new("statuses", $"has {statuses.Length} states, more than there are"));
            return;
        }

        for (var i = 0; i < statuses.Length; i++)
        {
            if (statuses[i] is < SessionStatus.Requested or > SessionStatus.Failed)
            {
                faults.Add(new($"statuses[{i}]", $"is {statuses[i]}, which is not a state"));
            }
            else if (statuses.AsSpan()[..i].Contains(statuses[i]))
            {
                faults.Add(new($"statuses[{i}]", $"is {statuses[i]}, as one before it"));
            }
        }
    }

    private static void CheckLabels(ImmutableArray<ConfigurationFault>.Builder faults, ImmutableSortedDictionary<string, string> labels)
    {
        if (labels.Count > MaxLabels)
        {
            faults.Add(new("labels", $"has {labels.Count} labels, more than {MaxLabels}"));
            return;
        }

        foreach (var (key, value) in labels)
        {
            if (TextRules.FindFault(key, 1, MaxLabelKeyLength) is { } keyFault)
            {
                faults.Add(new("labels", $"has a key that {keyFault}"));
            }
            else if (TextRules.FindFault(value, 1, MaxLabelValueLength) is { } valueFault)
            {
                faults.Add(new($"labels.{key}", valueFault));
            }
        }
    }

    private static void CheckConditions(ImmutableArray<ConfigurationFault>.Builder faults, ImmutableArray<LabelCondition> conditions)
    {
        if (conditions.Length > MaxLabelConditions)
        {
            faults.Add(new("labelConditions", $"has {conditions.Length} conditions, more than {MaxLabelConditions}"));
            return;
        }

        foreach (var condition in conditions)
        {
            var takesValues = condition.Operator is LabelOperator.In or LabelOperator.NotIn;
            if (TextRules.FindFault(condition.Key, 1, MaxLabelKeyLength) is { } keyFault)
            {
                faults.Add(new("labelConditions", $"has a key that {keyFault}"));
            }
            else if (condition.Operator is < LabelOperator.In or > LabelOperator.NotExists)
            {
                faults.Add(new($"labelConditions.{condition.Key}", $"is {condition.Operator}, which is not an operator"));
            }
            else if (takesValues ? condition.Values.Length is < 1 or > MaxConditionValues : !condition.Values.IsEmpty)
            {
                faults.Add(new(
                    $"labelConditions.{condition.Key}",
                    $"has {condition.Values.Length} values; {condition.Operator} takes {(takesValues ? $"1 to {MaxConditionValues}" : "none")}"));
            }
            else if (condition.Values.Select(value => TextRules.FindFault(value, 1, MaxLabelValueLength)).FirstOrDefault(fault => fault is not null) is { } valueFault)
            {
                faults.Add(new($"labelConditions.{condition.Key}", valueFault));
            }
        }
    }

    private static void CheckText(ImmutableArray<ConfigurationFault>.Builder faults, string? text)
    {
        if (text is not null && (TextRules.FindFault(text, 1, MaxTextLength)
            ?? (text.Length < MinTextLength ? $"has {text.Length} character, less than {MinTextLength}" : null)) is { } fault)
        {
            faults.Add(new("text", fault));
        }
    }

    private static void CheckRange(
        ImmutableArray<ConfigurationFault>.Builder faults, string name, DateTimeOffset? from, DateTimeOffset? before)
    {
        if (from >= before)
        {
            faults.Add(new($"{name}Before", $"is {before:O}, not after {name}From, {from:O}"));
        }
    }
}

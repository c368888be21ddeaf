using System.Collections.Immutable;

namespace Sessions.Cli.Parsing;

/// <summary>Which sessions a user means, as stated: null is what was not, and times may still be distances from now.</summary>
internal sealed record StatedQuery
{
    public static readonly StatedQuery Nothing = new();

    public SessionNamespace? Namespace { get; init; }

    /// <summary>Whether sessions below <see cref="Namespace"/> are left out.</summary>
    public bool? Only { get; init; }

    public Principal? Creator { get; init; }

    public ImmutableArray<SessionStatus>? Statuses { get; init; }

    public TemplateReference? Template { get; init; }

    public ImmutableSortedDictionary<string, string> Labels { get; init; } = SessionQuery.All.Labels;

    public ImmutableArray<LabelCondition> Conditions { get; init; } = [];

    public SessionId? Parent { get; init; }

    public string? Text { get; init; }

    public Moment? Since { get; init; }

    public Moment? Until { get; init; }

    public Moment? EndsAfter { get; init; }

    public Moment? EndsBefore { get; init; }

    /// <summary>What is wrong with it as a whole, as the end of a sentence; null if nothing is. The cluster judges the rest.</summary>
    public string? Problem => Only is true && Namespace is null ? "states only, which needs a namespace" : null;

    /// <summary>The query, with every distance seen from <paramref name="now"/>.</summary>
    public SessionQuery At(DateTimeOffset now) => new()
    {
        Namespace = Namespace,
        IncludeBelow = Only is not true,
        Creator = Creator,
        Statuses = Statuses ?? [],
        Template = Template,
        Labels = Labels,
        LabelConditions = Conditions,
        Parent = Parent,
        Text = Text,
        RequestedFrom = Since?.Seen(now),
        RequestedBefore = Until?.Seen(now),
        EndsFrom = EndsAfter?.Seen(now),
        EndsBefore = EndsBefore?.Seen(now),
    };

    /// <summary>What both state. What one states the other may not: nobody could tell which is meant.</summary>
    public Parsed<StatedQuery> And(StatedQuery other)
    {
        if (FieldInBoth(other) is { } field)
        {
            return Parsed<StatedQuery>.Wrong($"states {field} twice");
        }

        return new StatedQuery
        {
            Namespace = Namespace ?? other.Namespace,
            Only = Only ?? other.Only,
            Creator = Creator ?? other.Creator,
            Statuses = Statuses ?? other.Statuses,
            Template = Template ?? other.Template,
            Labels = Labels.AddRange(other.Labels),
            Conditions = Conditions.AddRange(other.Conditions),
            Parent = Parent ?? other.Parent,
            Text = Text ?? other.Text,
            Since = Since ?? other.Since,
            Until = Until ?? other.Until,
            EndsAfter = EndsAfter ?? other.EndsAfter,
            EndsBefore = EndsBefore ?? other.EndsBefore,
        };
    }

    private string? FieldInBoth(StatedQuery other) =>
        Namespace is not null && other.Namespace is not null ? "namespace"
        : Only is not null && other.Only is not null ? "only"
        : Creator is not null && other.Creator is not null ? "creator"
        : Statuses is not null && other.Statuses is not null ? "status"
        : Template is not null && other.Template is not null ? "template"
        : Labels.Keys.FirstOrDefault(other.Labels.ContainsKey) is { } key ? $"label.{key}"
        : Parent is not null && other.Parent is not null ? "parent"
        : Text is not null && other.Text is not null ? "text"
        : Since is not null && other.Since is not null ? "since"
        : Until is not null && other.Until is not null ? "until"
        : EndsAfter is not null && other.EndsAfter is not null ? "ends-after"
        : EndsBefore is not null && other.EndsBefore is not null ? "ends-before"
        : null;
}

using System.Collections.Immutable;

namespace Sessions;

/// <summary>Which sessions are meant: those to which everything that is stated applies. Without anything stated, all.</summary>
/// <remarks>Instants are compared by their whole microseconds, which is what a store keeps of them beside the records.</remarks>
[GenerateSerializer, Immutable, Alias("sessions.SessionQuery")]
public sealed record SessionQuery
{
    /// <summary>All sessions.</summary>
    public static readonly SessionQuery All = new();

    /// <summary>Where they live; null for anywhere.</summary>
    [Id(0)]
    public SessionNamespace? Namespace { get; init; }

    /// <summary>Whether sessions below <see cref="Namespace"/> are meant too.</summary>
    [Id(1)]
    public bool IncludeBelow { get; init; } = true;

    /// <summary>Whose they are; null for anybody's.</summary>
    [Id(2)]
    public Principal? Creator { get; init; }

    /// <summary>Where they stand; empty for anywhere. At most one of each.</summary>
    [Id(3)]
    public ImmutableArray<SessionStatus> Statuses { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>The template that they were made from; without a version, any of its versions. Null for any or none.</summary>
    [Id(4)]
    public TemplateReference? Template { get; init; }

    /// <summary>Labels that they have, with these very values. At most 8.</summary>
    [Id(5)]
    public ImmutableSortedDictionary<string, string> Labels { get; init => field = SortedLabels.Ordered(value); } = SortedLabels.Empty;

    /// <summary>What a key or a value of their labels contains, upper and lower case alike; 2 to 64 characters. Null for anything.</summary>
    [Id(6)]
    public string? Text { get; init; }

    /// <summary>The earliest <see cref="SessionSnapshot.RequestedAt"/>.</summary>
    [Id(7)]
    public DateTimeOffset? RequestedFrom { get; init; }

    /// <summary>What <see cref="SessionSnapshot.RequestedAt"/> lies before.</summary>
    [Id(8)]
    public DateTimeOffset? RequestedBefore { get; init; }

    /// <summary>The earliest end: when a session ended, or, while it has not, when its duration is over.</summary>
    [Id(9)]
    public DateTimeOffset? EndsFrom { get; init; }

    /// <summary>What the end lies before; see <see cref="EndsFrom"/>. Sessions whose end is open have none and are not meant.</summary>
    [Id(10)]
    public DateTimeOffset? EndsBefore { get; init; }

    /// <summary>More that their labels have to be, all of it. At most 8.</summary>
    [Id(11)]
    public ImmutableArray<LabelCondition> LabelConditions { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Whose children they are, but not their children; null for any session.</summary>
    [Id(12)]
    public SessionId? Parent { get; init; }

    /// <summary>Whether they have an end; null for any. Asked of a store only, for the last part of an order that goes by ends.</summary>
    [Id(13)]
    internal bool? HasEnd { get; init; }
}

/// <summary>In which order sessions are listed. Equal ones go by their ids, upwards or downwards like the instants.</summary>
[GenerateSerializer, Alias("sessions.SessionOrder")]
public enum SessionOrder : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>By <see cref="SessionSnapshot.RequestedAt"/>, latest first.</summary>
    NewestFirst = 1,

    /// <summary>By <see cref="SessionSnapshot.RequestedAt"/>, earliest first.</summary>
    OldestFirst = 2,

    /// <summary>By their end, earliest first; then those whose end is open, as <see cref="OldestFirst"/>. See <see cref="SessionQuery.EndsFrom"/>.</summary>
    EndsFirst = 3,

    /// <summary>By their end, latest first; then those whose end is open, as <see cref="NewestFirst"/>. See <see cref="SessionQuery.EndsFrom"/>.</summary>
    EndsLast = 4,
}

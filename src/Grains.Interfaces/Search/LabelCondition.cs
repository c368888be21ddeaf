using System.Collections.Immutable;

namespace Sessions;

/// <summary>What a label has to be, beyond having one value.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LabelCondition")]
public sealed record LabelCondition
{
    /// <summary>The label's key.</summary>
    [Id(0)]
    public string Key { get; init; } = "";

    /// <summary>How it is compared.</summary>
    [Id(1)]
    public LabelOperator Operator { get; init; }

    /// <summary>With what: 1 to 16 values for <see cref="LabelOperator.In"/> and <see cref="LabelOperator.NotIn"/>, none for the others.</summary>
    [Id(2)]
    public ImmutableArray<string> Values { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>By content.</summary>
    public bool Equals(LabelCondition? other) =>
        other is not null && Key == other.Key && Operator == other.Operator && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Key, Operator, Values.Length);
}

/// <summary>How a label is compared.</summary>
[GenerateSerializer, Alias("sessions.LabelOperator")]
public enum LabelOperator : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>The session has the label, with one of the values.</summary>
    In = 1,

    /// <summary>The session has the label with another value, or does not have it.</summary>
    NotIn = 2,

    /// <summary>The session has the label, with any value.</summary>
    Exists = 3,

    /// <summary>The session does not have the label.</summary>
    NotExists = 4,
}

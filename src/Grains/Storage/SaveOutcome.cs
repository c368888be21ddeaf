namespace Sessions.Grains.Storage;

/// <summary>What became of a save.</summary>
internal sealed record SaveOutcome
{
    /// <summary>It is written.</summary>
    public static readonly SaveOutcome Saved = new();

    /// <summary>Nothing is written: the store holds another version than the one before.</summary>
    public static readonly SaveOutcome Conflict = new();

    /// <summary>The maximum of live sessions that left no room, as it stood then; null unless that is why nothing was written.</summary>
    public LiveCount? Limit { get; private init; }

    /// <summary>Nothing is written: the session would be one too many.</summary>
    public static SaveOutcome Full(LiveCount limit) => new() { Limit = limit };

    /// <summary>By what it says: two refusals by the same count are equal, and the two others only to themselves.</summary>
    public bool Equals(SaveOutcome? other) => ReferenceEquals(this, other) || (Limit is not null && Limit == other?.Limit);

    /// <inheritdoc/>
    public override int GetHashCode() => Limit?.GetHashCode() ?? (ReferenceEquals(this, Saved) ? 1 : 2);

    /// <inheritdoc/>
    public override string ToString() =>
        Limit is { } limit ? $"Full ({limit})" : ReferenceEquals(this, Saved) ? nameof(Saved) : nameof(Conflict);
}

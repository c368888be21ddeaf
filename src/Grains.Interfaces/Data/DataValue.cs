using System.Collections.Immutable;

namespace Sessions;

/// <summary>A value of a session's data, as it was at one version.</summary>
[GenerateSerializer, Immutable, Alias("sessions.DataValue")]
public sealed record DataValue
{
    /// <summary>The longest value, in bytes: 64 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Under which key.</summary>
    [Id(0)]
    public DataKey Key { get; init; }

    /// <summary>The version that it was put at: the session's data counts its changes from 1, over all keys.</summary>
    [Id(1)]
    public long Version { get; init; }

    /// <summary>What was put.</summary>
    [Id(2)]
    public ImmutableArray<byte> Value { get => field.IsDefault ? [] : field; init; } = [];
}

/// <summary>A value of a session's data in a list, without what it is.</summary>
/// <param name="Key">Under which key.</param>
/// <param name="Version">The version that it was put at.</param>
/// <param name="Size">How many bytes the value has; the quota is charged with those of the key too.</param>
[GenerateSerializer, Immutable, Alias("sessions.DataEntry")]
public sealed record DataEntry(
    [property: Id(0)] DataKey Key,
    [property: Id(1)] long Version,
    [property: Id(2)] int Size);

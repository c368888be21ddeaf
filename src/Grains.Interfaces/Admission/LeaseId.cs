using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>Names the account that a session keeps for one holder. The holder draws it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LeaseId")]
[JsonConverter(typeof(TextJsonConverter<LeaseId>))]
public readonly record struct LeaseId : IParsable<LeaseId>
{
    [Id(0)]
    private readonly Guid value;

    private LeaseId(Guid value) => this.value = value;

    /// <summary>True for the default value, which is refused.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static LeaseId New() => new(Guid.NewGuid());

    /// <summary>Reads a UUID.</summary>
    /// <exception cref="FormatException">The text is not a UUID, or is all zeros.</exception>
    public static LeaseId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("A lease id is a UUID other than zero.");

    /// <summary>Reads a UUID; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out LeaseId result)
    {
        result = Guid.TryParse(s, out var value) ? new LeaseId(value) : default;
        return !result.IsDefault;
    }

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}

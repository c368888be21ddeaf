using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>Names one holder of leases, that is one client in one process, for as long as the process lives.</summary>
[GenerateSerializer, Immutable, Alias("sessions.HolderId")]
[JsonConverter(typeof(TextJsonConverter<HolderId>))]
public readonly record struct HolderId : IParsable<HolderId>
{
    [Id(0)]
    private readonly Guid value;

    private HolderId(Guid value) => this.value = value;

    /// <summary>True for the default value, which is refused.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static HolderId New() => new(Guid.NewGuid());

    /// <summary>Reads a UUID.</summary>
    /// <exception cref="FormatException">The text is not a UUID, or is all zeros.</exception>
    public static HolderId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("A holder id is a UUID other than zero.");

    /// <summary>Reads a UUID; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out HolderId result)
    {
        result = Guid.TryParse(s, out var value) ? new HolderId(value) : default;
        return !result.IsDefault;
    }

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}

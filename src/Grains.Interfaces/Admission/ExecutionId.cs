using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>Names one execution that is admitted by a call of its own. The caller draws it, so that asking again is safe.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ExecutionId")]
[JsonConverter(typeof(TextJsonConverter<ExecutionId>))]
public readonly record struct ExecutionId : IParsable<ExecutionId>
{
    [Id(0)]
    private readonly Guid value;

    private ExecutionId(Guid value) => this.value = value;

    /// <summary>True for the default value, which is refused.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static ExecutionId New() => new(Guid.NewGuid());

    /// <summary>Reads a UUID.</summary>
    /// <exception cref="FormatException">The text is not a UUID, or is all zeros.</exception>
    public static ExecutionId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("An execution id is a UUID other than zero.");

    /// <summary>Reads a UUID; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ExecutionId result)
    {
        result = Guid.TryParse(s, out var value) ? new ExecutionId(value) : default;
        return !result.IsDefault;
    }

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// Names one command, so that repeating it after an unknown outcome replays its answer instead of doing it twice.
/// Text: a UUID. The default value is refused.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.CommandId")]
[JsonConverter(typeof(TextJsonConverter<CommandId>))]
public readonly record struct CommandId : IParsable<CommandId>
{
    [Id(0)]
    private readonly Guid value;

    private CommandId(Guid value) => this.value = value;

    /// <summary>True for the default value, which no command has.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static CommandId New() => new(Guid.NewGuid());

    /// <summary>Reads a UUID.</summary>
    /// <exception cref="FormatException">The text is not a UUID, or is all zeros.</exception>
    public static CommandId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("A command id is a UUID other than zero.");

    /// <summary>Reads a UUID; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CommandId result)
    {
        result = Guid.TryParse(s, out var value) ? new CommandId(value) : default;
        return !result.IsDefault;
    }

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// Names one command, so that repeating it after an unknown outcome replays its answer instead of doing it twice.
/// Text: a UUID. The default value is refused. An id from <see cref="New()"/> is a UUID of version 7, which says when it was drawn: by
/// that a session refuses to do a command again that it has forgotten. Any other UUID is taken too, but can be told from a new command
/// only while its answer is kept.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.CommandId")]
[JsonConverter(typeof(TextJsonConverter<CommandId>))]
public readonly record struct CommandId : IParsable<CommandId>
{
    private static readonly long MaxMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    [Id(0)]
    private readonly Guid value;

    private CommandId(Guid value) => this.value = value;

    /// <summary>True for the default value, which no command has.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>
    /// When the command was first issued, by the clock of its issuer and to the millisecond; null for an id that does not say it.
    /// </summary>
    public DateTimeOffset? IssuedAt => ReadInstant();

    /// <summary>Draws a new id for a command that is issued now.</summary>
    public static CommandId New() => New(TimeProvider.System.GetUtcNow());

    /// <summary>Draws a new id for a command that is issued at <paramref name="issuedAt"/>, a time from 1970 on.</summary>
    public static CommandId New(DateTimeOffset issuedAt) => new(Guid.CreateVersion7(issuedAt));

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

    // RFC 9562: the first 48 bits of version 7 are the milliseconds since 1970. Ids that others derive from a digest look like version 7 by
    // accident, and then mostly name a time that no command can have.
    private DateTimeOffset? ReadInstant()
    {
        if (value.Version != 7 || value.Variant is < 8 or > 11)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
        return milliseconds <= MaxMilliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>Who acts: 1 to 128 characters without control characters and lone surrogates, kept exactly as given.</summary>
[GenerateSerializer, Immutable, Alias("sessions.Principal")]
[JsonConverter(typeof(TextJsonConverter<Principal>))]
public readonly record struct Principal : IParsable<Principal>
{
    /// <summary>The longest name, in UTF-16 characters.</summary>
    public const int MaxLength = 128;

    /// <summary>The system itself: what expires, recovers and cleans up.</summary>
    public static readonly Principal System = new("system");

    [Id(0)]
    private readonly string? name;

    private Principal(string name) => this.name = name;

    /// <summary>False for the default value, and for a value from the wire that <see cref="Parse"/> would refuse.</summary>
    public bool IsValid => TextRules.FindFault(name, 1, MaxLength) is null;

    /// <summary>Takes a name.</summary>
    /// <exception cref="FormatException">The text is not a principal; the message says why.</exception>
    public static Principal Parse(string s, IFormatProvider? provider = null) =>
        TextRules.FindFault(s, 1, MaxLength) is { } fault ? throw new FormatException("A principal " + fault + ".") : new Principal(s);

    /// <summary>Takes a name; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Principal result)
    {
        var valid = TextRules.FindFault(s, 1, MaxLength) is null;
        result = valid ? new Principal(s!) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => name ?? "";
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>The key of a value in a session's data: 1 to 128 bytes in UTF-8 without control characters, kept exactly as given.</summary>
[GenerateSerializer, Immutable, Alias("sessions.DataKey")]
[JsonConverter(typeof(TextJsonConverter<DataKey>))]
public readonly record struct DataKey : IParsable<DataKey>
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxBytes = 128;

    [Id(0)]
    private readonly string? text;

    private DataKey(string text) => this.text = text;

    /// <summary>False for the default value, and for a value from the wire that <see cref="Parse"/> would refuse.</summary>
    public bool IsValid => FindFault(text) is null;

    /// <summary>Takes a key.</summary>
    /// <exception cref="FormatException">The text is not a key; the message says why.</exception>
    public static DataKey Parse(string s, IFormatProvider? provider = null) =>
        FindFault(s) is { } fault ? throw new FormatException("A key " + fault + ".") : new DataKey(s);

    /// <summary>Takes a key; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DataKey result)
    {
        var valid = FindFault(s) is null;
        result = valid ? new DataKey(s!) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => text ?? "";

    /// <summary>What is wrong with this key, as the end of a sentence that names it; null if nothing is.</summary>
    internal string? FindFault() => FindFault(text);

    /// <summary>What is wrong with <paramref name="prefix"/> as the beginning of keys; null if nothing is. The empty one begins them all.</summary>
    internal static string? FindPrefixFault(string? prefix) => prefix is "" ? null : FindFault(prefix);

    private static string? FindFault(string? text) =>
        TextRules.FindFault(text, 1, MaxBytes)
        ?? (Encoding.UTF8.GetByteCount(text!) is var bytes and > MaxBytes ? $"has {bytes} bytes, more than {MaxBytes}" : null);
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>The name of a function: 1 to 128 of letters, digits and <c>_ . : / -</c>.</summary>
[GenerateSerializer, Immutable, Alias("sessions.FunctionName")]
[JsonConverter(typeof(TextJsonConverter<FunctionName>))]
public readonly record struct FunctionName : IParsable<FunctionName>
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/-");

    [Id(0)]
    private readonly string? name;

    private FunctionName(string name) => this.name = name;

    /// <summary>True for the default value, which names nothing.</summary>
    internal bool IsDefault => name is null;

    /// <summary>False for the default value, and for a value from the wire that <see cref="Parse"/> would refuse.</summary>
    public bool IsValid => FindFault(name) is null;

    /// <summary>Takes a name.</summary>
    /// <exception cref="FormatException">The text is not the name of a function; the message says why.</exception>
    public static FunctionName Parse(string s, IFormatProvider? provider = null) =>
        FindFault(s) is { } fault ? throw new FormatException("A function's name " + fault + ".") : new FunctionName(s);

    /// <summary>Takes a name; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out FunctionName result)
    {
        var valid = FindFault(s) is null;
        result = valid ? new FunctionName(s!) : default;
        return valid;
    }

    /// <summary>What is wrong with this name, as the end of a sentence that names it; null if nothing is.</summary>
    internal string? FindFault() => FindFault(name);

    /// <inheritdoc/>
    public override string ToString() => name ?? "";

    private static string? FindFault(string? text) =>
        TextRules.FindFault(text, 1, MaxLength)
        ?? (text.AsSpan().ContainsAnyExcept(Characters) ? "has a character other than letters, digits and _ . : / -" : null);
}

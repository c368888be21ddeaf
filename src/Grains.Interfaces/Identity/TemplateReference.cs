using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// Names a template, <c>[a-z0-9-]{1,63}</c>, and optionally one of its versions, counted from 1. Text: <c>notebook</c>
/// (the latest version) or <c>notebook@3</c>.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.TemplateReference")]
[JsonConverter(typeof(TextJsonConverter<TemplateReference>))]
public readonly record struct TemplateReference : IParsable<TemplateReference>
{
    private const int MaxNameLength = 63;

    [Id(0)]
    private readonly string? name;

    [Id(1)]
    private readonly int? version;

    private TemplateReference(string name, int? version) => (this.name, this.version) = (name, version);

    /// <summary>The template's name.</summary>
    public string Name => name ?? "";

    /// <summary>The version, or null for the latest.</summary>
    public int? Version => version;

    /// <summary>False for the default value, and for a value from the wire that <see cref="Parse"/> would refuse.</summary>
    public bool IsValid => IsName(name) && version is null or > 0;

    /// <summary>The same template at <paramref name="version"/>.</summary>
    public TemplateReference At(int version) => new(Name, version);

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a template reference.</exception>
    public static TemplateReference Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var result) ? result : throw new FormatException(
            "A template is named by 1 to 63 characters of a-z, 0-9 and '-', and optionally '@' and a version from 1.");

    /// <summary>Reads the text form; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TemplateReference result)
    {
        result = default;
        var parts = s?.Split('@', 2) ?? [];
        if (parts.Length == 0 || !IsName(parts[0]))
        {
            return false;
        }

        if (parts.Length == 1)
        {
            result = new TemplateReference(parts[0], null);
            return true;
        }

        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            return false;
        }

        result = new TemplateReference(parts[0], number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => version is null ? Name : string.Create(CultureInfo.InvariantCulture, $"{name}@{version}");

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= MaxNameLength } && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>Names a durable subscription of a tenant: <c>[a-z0-9-]{1,63}</c>.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SubscriptionName")]
[JsonConverter(typeof(TextJsonConverter<SubscriptionName>))]
public readonly record struct SubscriptionName : IParsable<SubscriptionName>
{
    private const int MaxLength = 63;

    [Id(0)]
    private readonly string? name;

    private SubscriptionName(string name) => this.name = name;

    /// <summary>False for the default value, and for a value from the wire that <see cref="Parse"/> would refuse.</summary>
    public bool IsValid => IsName(name);

    /// <summary>Takes a name.</summary>
    /// <exception cref="FormatException">The text is not such a name.</exception>
    public static SubscriptionName Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var result) ? result : throw new FormatException(
            "A subscription is named by 1 to 63 characters of a-z, 0-9 and '-'.");

    /// <summary>Takes a name; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SubscriptionName result)
    {
        result = IsName(s) ? new SubscriptionName(s!) : default;
        return result.IsValid;
    }

    /// <inheritdoc/>
    public override string ToString() => name ?? "";

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= MaxLength } && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}

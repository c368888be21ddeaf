using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// A path of 1 to 8 segments such as <c>acme/prod/eval</c>, each <c>[a-z0-9-]{1,63}</c>, 256 characters in all. The first
/// segment is the tenant. Rules set on a path hold for everything below it.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionNamespace")]
[JsonConverter(typeof(TextJsonConverter<SessionNamespace>))]
public readonly record struct SessionNamespace : IParsable<SessionNamespace>
{
    /// <summary>The longest path, in characters (which are all ASCII, so bytes too).</summary>
    public const int MaxLength = 256;

    private const int MaxSegments = 8;
    private const int MaxSegmentLength = 63;

    [Id(0)]
    private readonly string? path;

    private SessionNamespace(string path) => this.path = path;

    /// <summary>True for the default value, which is no namespace.</summary>
    public bool IsDefault => path is null;

    /// <summary>The first segment.</summary>
    public string Tenant => ToString().Split('/', 2)[0];

    /// <summary>Reads a path.</summary>
    /// <exception cref="FormatException">The text is not a namespace.</exception>
    public static SessionNamespace Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var result) ? result : throw new FormatException(
            "A namespace is 1 to 8 segments of a-z, 0-9 and '-', at most 63 characters each, joined by '/', for example acme/prod/eval.");

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out SessionNamespace)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, out SessionNamespace result) => TryParse(s, null, out result);

    /// <summary>Reads a path; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SessionNamespace result)
    {
        result = default;
        if (!IsPath(s))
        {
            return false;
        }

        result = new SessionNamespace(s);
        return true;
    }

    /// <summary>True for this namespace itself and for everything below it.</summary>
    public bool Contains(SessionNamespace other)
    {
        var (mine, theirs) = (ToString(), other.ToString());
        return theirs.StartsWith(mine, StringComparison.Ordinal)
            && (theirs.Length == mine.Length || theirs[mine.Length] == '/');
    }

    /// <summary>Every namespace that contains this one, the tenant first and this one last.</summary>
    internal IEnumerable<SessionNamespace> Path()
    {
        var whole = ToString();
        for (var end = whole.IndexOf('/'); end >= 0; end = whole.IndexOf('/', end + 1))
        {
            yield return new SessionNamespace(whole[..end]);
        }

        yield return this;
    }

    /// <inheritdoc/>
    public override string ToString() => path ?? "";

    /// <summary>Whether <paramref name="text"/> can stand between two slashes.</summary>
    internal static bool IsSegment(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxSegmentLength && !text.ContainsAnyExcept(PathCharacters);

    /// <summary>Whether both are of the same tenant.</summary>
    internal bool IsNeighbour(SessionNamespace other) => First(ToString()).SequenceEqual(First(other.ToString()));

    private static ReadOnlySpan<char> First(ReadOnlySpan<char> path) => path.IndexOf('/') is var end and >= 0 ? path[..end] : path;

    private static bool IsPath([NotNullWhen(true)] string? s)
    {
        if (s is null or { Length: 0 or > MaxLength })
        {
            return false;
        }

        var segments = 0;
        foreach (var range in s.AsSpan().Split('/'))
        {
            var segment = s.AsSpan()[range];
            if (++segments > MaxSegments || !IsSegment(segment))
            {
                return false;
            }
        }

        return true;
    }

    private static readonly System.Buffers.SearchValues<char> PathCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
}

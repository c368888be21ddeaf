using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>
/// Whom a rule about data means: one session (<c>s-…</c>), or all sessions of the namespaces that a pattern matches. In a pattern
/// <c>*</c> stands for one segment, and <c>**</c>, as the last one, for any number of them, also for none: <c>acme/prod</c>,
/// <c>acme/*/eval</c>, <c>acme/**</c>, <c>**</c>.
/// </summary>
/// <remarks>
/// What arrives from a wire or a store is kept as it is, readable or not: a rule that cannot be evaluated has to be there to deny.
/// </remarks>
[GenerateSerializer, Immutable, Alias("sessions.DataSubject")]
[JsonConverter(typeof(DataSubjectJsonConverter))]
public readonly record struct DataSubject : IParsable<DataSubject>
{
    private const string AnyBelow = "**";
    private const string AnySegment = "*";
    private const int MaxSegments = 9;

    [Id(0)]
    private readonly string? text;

    private DataSubject(string? text) => this.text = text;

    /// <summary>False for the default value, and for a value from outside that <see cref="Parse"/> would refuse.</summary>
    public bool IsValid => IsSubject(text);

    /// <summary>Whether it says of which tenant, and does not leave it to a star.</summary>
    internal bool NamesTenant => IsValid && text![0] != '*';

    /// <summary>Whatever the text says, readable or not.</summary>
    internal static DataSubject Unchecked(string? text) => new(text);

    /// <summary>One session.</summary>
    public static DataSubject Of(SessionId id) => new(id.ToString());

    /// <summary>All sessions of one namespace, and none below it.</summary>
    public static DataSubject Of(SessionNamespace @namespace) => new(@namespace.ToString());

    /// <summary>Reads a subject.</summary>
    /// <exception cref="FormatException">The text is neither a session nor a pattern of namespaces.</exception>
    public static DataSubject Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var result) ? result : throw new FormatException(
            "Whom a rule means is a session id, or a namespace in which '*' stands for a segment and a last '**' for any number, for example acme/*/eval or acme/**.");

    /// <summary>Reads a subject; false, and nothing thrown, for any other text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, out DataSubject result) => TryParse(s, null, out result);

    /// <inheritdoc cref="TryParse(string?, out DataSubject)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DataSubject result)
    {
        result = IsSubject(s) ? new DataSubject(s) : default;
        return result.text is not null;
    }

    /// <summary>Whether this means the session <paramref name="id"/> of <paramref name="namespace"/>; never where it is not valid.</summary>
    public bool Matches(SessionId id, SessionNamespace @namespace)
    {
        if (!IsValid)
        {
            return false;
        }

        return SessionId.TryParse(text, out var session)
            ? session == id
            : Match(text, @namespace.ToString());
    }

    /// <summary>Whether this means everybody whom <paramref name="other"/> means. On doubt it does not.</summary>
    public bool Covers(DataSubject other)
    {
        if (!IsValid || !other.IsValid)
        {
            return false;
        }

        return text == other.text || text == AnyBelow
            || (!IsSession(text!) && !IsSession(other.text!) && Match(text, other.text));
    }

    /// <inheritdoc/>
    public override string ToString() => text ?? "";

    /// <remarks>
    /// A star of the other side is a segment like any: only a star covers it. In place, because every access to data asks, and asks
    /// every rule.
    /// </remarks>
    private static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<char> path)
    {
        while (true)
        {
            var wanted = Head(pattern);
            var segment = Head(path);
            if (wanted is AnyBelow)
            {
                return true;
            }

            if (segment is AnyBelow || !(wanted is AnySegment || wanted.SequenceEqual(segment)))
            {
                return false;
            }

            var (morePattern, morePath) = (wanted.Length < pattern.Length, segment.Length < path.Length);
            if (!morePattern || !morePath)
            {
                // A last '**' stands for no segment too.
                return morePattern == morePath || (morePattern && pattern[(wanted.Length + 1)..] is AnyBelow);
            }

            pattern = pattern[(wanted.Length + 1)..];
            path = path[(segment.Length + 1)..];
        }
    }

    private static ReadOnlySpan<char> Head(ReadOnlySpan<char> path) => path.IndexOf('/') is var end and >= 0 ? path[..end] : path;

    private static bool IsSession(string subject) => SessionId.TryParse(subject, out _);

    private static bool IsSubject([NotNullWhen(true)] string? s)
    {
        if (s is null or { Length: 0 or > SessionNamespace.MaxLength + 3 })
        {
            return false;
        }

        return IsSession(s) || IsPattern(s);
    }

    private static bool IsPattern(ReadOnlySpan<char> rest)
    {
        for (var segments = 1; segments <= MaxSegments; segments++)
        {
            var segment = Head(rest);
            var isLast = segment.Length == rest.Length;
            if (!(segment is AnySegment || (isLast && segment is AnyBelow) || SessionNamespace.IsSegment(segment)))
            {
                return false;
            }

            if (isLast)
            {
                return true;
            }

            rest = rest[(segment.Length + 1)..];
        }

        return false;
    }
}

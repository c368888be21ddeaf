namespace Sessions;

/// <summary>The most that a namespace or a template lets a session have. What is null sets no bound.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionCeiling")]
public sealed record SessionCeiling
{
    /// <summary>Bounds nothing.</summary>
    public static readonly SessionCeiling None = new();

    /// <summary>The longest life, counted from creation, renewals included.</summary>
    [Id(0)]
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>The permissions that may be given at all.</summary>
    [Id(1)]
    public SessionPermissions? Permissions { get; init; }

    /// <summary>
    /// The highest limit per dimension. A session that states no limit of its own in a bounded dimension gets the bound.
    /// </summary>
    [Id(2)]
    public SessionQuotas Quotas { get; init => field = value ?? SessionQuotas.Unlimited; } = SessionQuotas.Unlimited;

    /// <summary>What both this and <paramref name="other"/> permit.</summary>
    public SessionCeiling Intersect(SessionCeiling other) => new()
    {
        MaxDuration = Lower(MaxDuration, other.MaxDuration),
        Permissions = Permissions is { } mine && other.Permissions is { } theirs ? mine & theirs : Permissions ?? other.Permissions,
        Quotas = Quotas.Lower(other.Quotas),
    };

    /// <summary>The lower bound, where null is none.</summary>
    internal static T? Lower<T>(T? a, T? b)
        where T : struct, IComparable<T> =>
        a is { } x && b is { } y ? (x.CompareTo(y) <= 0 ? x : y) : a ?? b;
}

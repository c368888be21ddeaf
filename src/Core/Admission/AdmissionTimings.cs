namespace Sessions.Core.Admission;

/// <summary>How long what is granted holds.</summary>
internal sealed record AdmissionTimings
{
    /// <summary>The defaults.</summary>
    public static readonly AdmissionTimings Default = new();

    /// <summary>The length of a lease, as its holder counts it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How much longer the session waits than the holder, for clocks that do not run alike.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How much longer than their lease executions go on running whose holder finds nobody that answers. They keep their places for as
    /// long, and admit nothing.
    /// </summary>
    public TimeSpan RunGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How old an activation's last look at its own row may be while it grants.</summary>
    public TimeSpan Right { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the admission of a single execution may be on its way to its caller.</summary>
    public TimeSpan Start { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long usage may stay uncommitted while nothing else is.</summary>
    public TimeSpan Checkpoint { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What a caller is told to wait when a quota that comes back is what refuses.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Until when another activation's grants may be in use, counted from the commit that took its right away.</summary>
    public TimeSpan Takeover => Right + Lease + Margin;
}

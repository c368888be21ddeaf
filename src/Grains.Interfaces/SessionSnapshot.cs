using System.Collections.Immutable;

namespace Sessions;

/// <summary>A session as it stood at one version; it never changes.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionSnapshot")]
public sealed record SessionSnapshot
{
    /// <summary>Which session.</summary>
    [Id(0)]
    public SessionId Id { get; init; }

    /// <summary>Binds it to its creator.</summary>
    [Id(1)]
    public SessionAddress Address { get; init; }

    /// <summary>Where it lives.</summary>
    [Id(2)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>Whose it is.</summary>
    [Id(3)]
    public Principal Creator { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(4)]
    public SessionStatus Status { get; init; }

    /// <summary>Counts the commits from 1.</summary>
    [Id(5)]
    public long Version { get; init; }

    /// <summary>The template it was made from, with its version.</summary>
    [Id(6)]
    public TemplateReference? Template { get; init; }

    /// <summary>What was decided when it was made, and adjusted since.</summary>
    [Id(7)]
    public SessionConfiguration Configuration { get; init; } = SessionConfiguration.Default;

    /// <summary>What it has used.</summary>
    [Id(8)]
    public SessionUsage Usage { get; init; } = SessionUsage.None;

    /// <summary>When it was requested or created, whichever came first.</summary>
    [Id(9)]
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>When its creation was accepted; its duration counts from here.</summary>
    [Id(10)]
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it first became active.</summary>
    [Id(11)]
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>When its duration is over; null while a stopped clock leaves that open, and before creation.</summary>
    [Id(12)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it will have been idle for too long, should nothing be admitted; null without an idle timeout.</summary>
    [Id(13)]
    public DateTimeOffset? IdleAt { get; init; }

    /// <summary>When a transitional state ends by itself; null in the others.</summary>
    [Id(14)]
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>When it reached a final state.</summary>
    [Id(15)]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended, or is ending.</summary>
    [Id(16)]
    public EndReason? EndReason { get; init; }

    /// <summary>What went wrong, in the provisioner's words, where something did.</summary>
    [Id(17)]
    public string? Failure { get; init; }

    /// <summary>Who made the last change, and why.</summary>
    [Id(18)]
    public SessionCause? LastChange { get; init; }

    /// <summary>The session that opened it; null for those that nobody did.</summary>
    [Id(19)]
    public SessionId? Parent { get; init; }

    /// <summary>Its open children.</summary>
    [Id(20)]
    public ImmutableArray<SessionId> Children { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>The most that the namespaces' policies let it have, as applied; null where none says anything.</summary>
    [Id(21)]
    public SessionCeiling? Ceiling { get; init; }

    /// <summary>The revision of the policies that is applied; 0 where none says anything.</summary>
    [Id(22)]
    public long PolicyRevision { get; init; }
}

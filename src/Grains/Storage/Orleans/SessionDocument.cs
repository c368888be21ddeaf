using System.Collections.Immutable;
using Sessions.Core;

namespace Sessions.Storage;

/// <summary>The state that a session grain holds: its record, and while it writes, the events and executions that belong to the change.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionDocument")]
public sealed record SessionDocument
{
    /// <summary>The session; null where there is none.</summary>
    [Id(0)]
    public SessionRecord? Record { get; init; }

    /// <summary>
    /// Why the store could not be read; null if it was. A value and not an exception, because one that is thrown while a grain
    /// activates reaches its caller as whatever it is, and no client can read a database's exceptions.
    /// </summary>
    [Id(2)]
    public string? Unread { get; init; }

    /// <summary>The events of the change that leads to <see cref="Record"/>; of no meaning once it is written.</summary>
    [Id(1)]
    public ImmutableArray<SessionEvent> Events { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>The executions that are to be logged with the change; of no meaning once it is written.</summary>
    [Id(3)]
    public ImmutableArray<ExecutionRecord> Executions { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>By how much the change that leads to <see cref="Record"/> changes the number of live sessions.</summary>
    [Id(4)]
    public int LiveChange { get; init; }

    /// <summary>
    /// The maximum of live sessions that kept <see cref="Record"/> from being written; null if nothing did. A value, because it is an
    /// expected answer, and an exception of a storage provider is logged as a failure of the silo.
    /// </summary>
    [Id(5)]
    public LiveCount? Full { get; init; }
}

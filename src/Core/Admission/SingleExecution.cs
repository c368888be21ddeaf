namespace Sessions.Core.Admission;

/// <summary>One execution that was admitted without a lease.</summary>
internal sealed class SingleExecution(ExecutionId id, HolderId holder, AdmissionRequest request)
{
    public ExecutionId Id { get; } = id;

    public HolderId Holder { get; } = holder;

    public AdmissionRequest Request { get; } = request;

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Until when its caller may still start it; none once the caller has shown that it did.</summary>
    public long StartsUntil { get; set; }

    /// <summary>Until when it may run by the newest answer, if its caller hears nothing more.</summary>
    public long EndsAt { get; set; }

    /// <summary>How much longer it goes on running while its caller finds nobody that answers, by the newest answer.</summary>
    public TimeSpan Grace { get; set; }

    /// <summary>When it counts as abandoned.</summary>
    public long AbandonedAt { get; set; }

    /// <summary>Compute time set aside for it, where the session limits that.</summary>
    public TimeSpan Reserved { get; set; }

    /// <summary>The newest answer about how long it may run.</summary>
    public TimeSpan RunFor { get; set; }

    /// <summary>How long it may run in all, by that answer.</summary>
    public TimeSpan Longest { get; set; }
}

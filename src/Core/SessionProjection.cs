using Sessions.Core.Children;

namespace Sessions.Core;

/// <summary>The public view of a record.</summary>
internal static class SessionProjection
{
    /// <summary>What a caller may see of <paramref name="record"/>.</summary>
    public static SessionSnapshot ToSnapshot(this SessionRecord record) => new()
    {
        Id = record.Id,
        Address = SessionAddress.Derive(record.Creator, record.Id),
        Namespace = record.Namespace,
        Creator = record.Creator,
        Status = record.Status,
        Version = record.Version,
        Template = record.Template,
        Configuration = record.Configuration,
        Usage = FamilyUsage.Of(record),
        RequestedAt = record.RequestedAt,
        CreatedAt = record.CreatedAt,
        ActivatedAt = record.ActivatedAt,
        ExpiresAt = SessionClock.ExpiresAt(record),
        IdleAt = SessionClock.IdleAt(record),
        Deadline = record.Deadline,
        EndedAt = record.EndedAt,
        EndReason = record.EndReason,
        Failure = record.Failure,
        LastChange = record.LastChange,
        Parent = record.Parent?.Id,
        Children = [.. record.Children.Select(child => child.Id)],
        Ceiling = record.Bounds?.Ceiling,
        PolicyRevision = record.Bounds?.Revision ?? 0,
    };
}

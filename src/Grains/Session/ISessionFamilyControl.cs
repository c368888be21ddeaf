using Orleans.Concurrency;
using Sessions.Core;

namespace Sessions.Grains.Session;

/// <summary>
/// What parent and child say to each other. Not for clients. All of it interleaves: a parent waits for its child inside a turn of
/// its own, and whoever asks for an id that is taken may name a session that waits for it.
/// </summary>
[Alias("sessions.ISessionFamilyControl")]
internal interface ISessionFamilyControl : IGrainWithStringKey
{
    /// <summary>Creates this session as a child. Done again it finds itself created.</summary>
    [Alias("CreateChild"), AlwaysInterleave]
    ValueTask<SessionReply> CreateChild(ChildPlan plan);

    /// <summary>This session as committed, if it is a child of <paramref name="parent"/>; null if not.</summary>
    [Alias("GetChild"), AlwaysInterleave]
    ValueTask<SessionRecord?> GetChild(SessionId parent);

    /// <summary>Closes this session because the one that opened it ends.</summary>
    /// <returns>Where it stands then.</returns>
    [Alias("EndWithParent"), AlwaysInterleave]
    ValueTask<SessionStatus> EndWithParent(SessionId parent, long opening);

    /// <summary>Takes notice of a child's end, of which it asks the child itself.</summary>
    /// <returns>Whether nothing is left to take notice of; otherwise the child has to say so again.</returns>
    [Alias("ChildEnded"), AlwaysInterleave]
    ValueTask<bool> ChildEnded(SessionId child, long opening);
}

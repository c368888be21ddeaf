namespace Sessions.Grains.Isolation;

/// <summary>How a session is told of a policy that is to hold at once. Not for clients.</summary>
[Alias("sessions.ISessionPolicyControl")]
internal interface ISessionPolicyControl : IGrainWithStringKey
{
    /// <summary>Binds the session to what policies say at this revision or later; when it has returned nothing runs under what they said before.</summary>
    /// <returns>Why it could not be done; null if it is.</returns>
    [Alias("Bind")]
    ValueTask<SessionError?> Bind(long revision);
}

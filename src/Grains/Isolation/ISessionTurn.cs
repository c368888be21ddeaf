namespace Sessions.Grains.Isolation;

/// <summary>How a line lets a session in whose turn has come. Not for clients.</summary>
[Alias("sessions.ISessionTurn")]
internal interface ISessionTurn : IGrainWithStringKey
{
    /// <summary>Activates the session without asking whether others wait: it has waited. Whether there is room the store decides.</summary>
    [Alias("ActivateInTurn")]
    ValueTask<SessionReply> ActivateInTurn(ActivateSession command);
}

namespace Sessions.Grains.Session;

/// <summary>How the silo itself moves a session. Not for clients.</summary>
[Alias("sessions.ISessionGrainControl")]
internal interface ISessionGrainControl : IGrainWithStringKey
{
    /// <summary>Looks at the clock, and goes on with what a crash interrupted.</summary>
    [Alias("Wake")]
    ValueTask Wake();

    /// <summary>
    /// The node is about to stop: calls the leases back while their holders can still be reached, and lets go of the right to grant. What
    /// runs goes on, and the activation that follows takes it over.
    /// </summary>
    [Alias("HandOver")]
    ValueTask HandOver();

    /// <summary>A provisioner's work of one stage is over.</summary>
    /// <param name="stage">The state in which it was begun.</param>
    /// <param name="failure">What went wrong; null if nothing did.</param>
    [Alias("EndProvisioning")]
    ValueTask EndProvisioning(SessionStatus stage, string? failure);
}

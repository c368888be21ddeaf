namespace Sessions;

/// <summary>A session as the parent of others; keyed like <see cref="ISessionGrain"/>, and the same grain.</summary>
[Alias("sessions.ISessionFamilyGrain")]
public interface ISessionFamilyGrain : IGrainWithStringKey
{
    /// <summary>
    /// Opens a child session. What is moved to it is committed first and the child is created then; where that is interrupted it goes on
    /// by itself, and repeating the command waits for it.
    /// </summary>
    [Alias("OpenChild")]
    ValueTask<OpenChildReply> OpenChild(OpenChildSession command);
}

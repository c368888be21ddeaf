namespace Sessions.Grains.Provisioning;

/// <summary>
/// Prepares and tears down what a session needs: a directory, a schema, a container. Every call may be repeated, by another
/// silo after a crash too, and must then lead to the same end; the session's id tells what is meant. A call that throws, or
/// does not end by its deadline, has failed.
/// </summary>
public interface ISessionProvisioner
{
    /// <summary>By this name templates refer to it.</summary>
    string Name { get; }

    /// <summary>Prepares what the session needs, while it is Creating.</summary>
    Task PrepareAsync(SessionSnapshot session, CancellationToken cancellationToken);

    /// <summary>Makes it ready for executions, while the session is Activating.</summary>
    Task ActivateAsync(SessionSnapshot session, CancellationToken cancellationToken);

    /// <summary>
    /// Tears everything down, while the session is Closing, and after a preparation or activation that failed. Nothing may be
    /// there to tear down.
    /// </summary>
    Task ReleaseAsync(SessionSnapshot session, CancellationToken cancellationToken);
}

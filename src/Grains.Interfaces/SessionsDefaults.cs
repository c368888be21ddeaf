namespace Sessions;

/// <summary>What silos and clients must agree upon, and do unless they are told otherwise.</summary>
public static class SessionsDefaults
{
    /// <summary>The Orleans cluster id.</summary>
    public const string ClusterId = "sessions";

    /// <summary>The Orleans service id.</summary>
    public const string ServiceId = "sessions";

    /// <summary>The port at which a silo's gateway listens.</summary>
    public const int GatewayPort = 30000;

    /// <summary>The port at which silos speak to each other.</summary>
    public const int SiloPort = 11111;

    /// <summary>The Orleans stream namespace of lifecycle events; the stream key is the session's namespace.</summary>
    public const string LifecycleStreamNamespace = "sessions.lifecycle";

    /// <summary>The stream provider with implicit subscribers: grains that ask for the stream namespace by an attribute.</summary>
    public const string LifecycleStreamProvider = "lifecycle";

    /// <summary>The stream provider with explicit subscribers: whoever calls <c>SubscribeAsync</c> on a stream, inside the cluster or out.</summary>
    public const string NotifyStreamProvider = "notify";

    /// <summary>
    /// The key of the <see cref="TimeProvider"/> that sessions live by, in silos and in clients. Keyed, so that a test can move it without
    /// moving the clock of the Orleans runtime. Without one a silo takes the system's clock, and a client the <see cref="TimeProvider"/>
    /// of its container.
    /// </summary>
    public const string Clock = "sessions";
}

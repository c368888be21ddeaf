namespace Sessions.Grains.Hosting;

/// <summary>Names under which the parts find each other.</summary>
public static class SessionsServices
{
    /// <summary>
    /// The key of the <see cref="TimeProvider"/> that sessions live by. Keyed, so that a test can move it without moving the
    /// clock of the Orleans runtime.
    /// </summary>
    public const string Clock = "sessions";

    /// <summary>The Orleans grain storage provider of all grains but sessions.</summary>
    public const string GrainStorage = "grains";

    /// <summary>The Orleans grain storage provider of subscriptions to streams, named as Orleans wants it.</summary>
    public const string StreamSubscriptions = "PubSubStore";
}

namespace Sessions.Grains.Hosting;

/// <summary>Names under which the parts find each other.</summary>
public static class SessionsServices
{
    /// <inheritdoc cref="SessionsDefaults.Clock"/>
    public const string Clock = SessionsDefaults.Clock;

    /// <summary>The Orleans grain storage provider of all grains but sessions.</summary>
    public const string GrainStorage = "grains";

    /// <summary>The Orleans grain storage provider of subscriptions to streams, named as Orleans wants it.</summary>
    public const string StreamSubscriptions = "PubSubStore";
}

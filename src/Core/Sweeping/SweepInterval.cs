namespace Sessions.Core.Sweeping;

/// <summary>How long it is from the beginning of one pass of the sweep to that of the next.</summary>
internal static class SweepInterval
{
    // Passes that find their namespaces in a longer time than this share of the interval make the interval longer.
    private const int LookShare = 20;

    /// <summary>
    /// The interval as it is set, or longer where it is dear to find out where something is due. That shows in two passes one after the
    /// other: a single one may be slow because the machine was, or the node has just begun, and no session is to wait for that.
    /// </summary>
    /// <param name="set">What is set.</param>
    /// <param name="looked">How long the pass took to find out.</param>
    /// <param name="before">How long the one before took to; zero for none.</param>
    public static TimeSpan For(TimeSpan set, TimeSpan looked, TimeSpan before)
    {
        var dear = (looked < before ? looked : before) * LookShare;
        return dear > set ? dear : set;
    }
}

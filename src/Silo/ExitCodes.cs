namespace Sessions.Silo;

/// <summary>How a node ends.</summary>
internal static class ExitCodes
{
    /// <summary>It was stopped.</summary>
    public const int Stopped = 0;

    /// <summary>Something unexpected; the trace on standard error is for the maintainers.</summary>
    public const int Failed = 1;

    /// <summary>A setting or an argument is wrong.</summary>
    public const int Configuration = 2;

    /// <summary>The store, the cluster or another thing outside cannot be used.</summary>
    public const int Outside = 3;
}

namespace Sessions.Core.Data;

/// <summary>How much data a session may have.</summary>
internal static class DataLimits
{
    /// <summary>Where no quota says anything: 1 MiB.</summary>
    public const long Default = 1 << 20;

    /// <summary>The bytes that keys and values may take together.</summary>
    public static long Of(SessionRecord record) => EffectiveTerms.Quotas(record).DataBytes ?? Default;

    /// <summary>Whether data can be put and deleted in <paramref name="status"/>.</summary>
    public static bool IsOpen(SessionStatus status) => status is SessionStatus.Created or SessionStatus.Active or SessionStatus.Paused;
}

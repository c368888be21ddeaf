using System.Security.Cryptography;

namespace Sessions.Client;

/// <summary>
/// Growing pauses between attempts: each twice the one before, up to a longest, and each shortened by up to a half at random,
/// so that clients which failed together do not come back together. Not thread-safe.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private TimeSpan next = first;

    public TimeSpan Next()
    {
        var share = 0.5 + (RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 21));
        var pause = next * share;
        next = next * 2 < longest ? next * 2 : longest;
        return pause;
    }
}

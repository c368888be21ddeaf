using System.Collections.Immutable;

namespace Sessions.Grains.Storage.Copy;

/// <summary>The target is not one that can be copied into; nothing was written.</summary>
internal sealed class CopyRefusedException(string message) : Exception(message);

/// <summary>What arrived is not what was sent; nothing was kept of it.</summary>
/// <param name="lines">What was counted.</param>
internal sealed class CopyMismatchException(ImmutableArray<CopyLine> lines)
    : Exception("The database does not hold what the file holds; nothing was kept of the copy.")
{
    public ImmutableArray<CopyLine> Lines => lines;
}

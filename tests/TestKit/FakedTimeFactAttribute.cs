using Xunit;

namespace Sessions.TestKit;

/// <summary>A test that needs a PostgreSQL and libfaketime; see <see cref="FakedTime.SkipReason"/>.</summary>
public sealed class FakedTimeFactAttribute : FactAttribute
{
    /// <summary>Skips where there is none.</summary>
    public FakedTimeFactAttribute() => Skip = FakedTime.SkipReason;
}

using Xunit;

namespace Sessions.TestKit;

/// <summary>A test that needs a PostgreSQL and libfaketime; see <see cref="Firewall.SkipReason"/>.</summary>
public sealed class FirewallFactAttribute : FactAttribute
{
    /// <summary>Skips where there is none.</summary>
    public FirewallFactAttribute() => Skip = Firewall.SkipReason;
}

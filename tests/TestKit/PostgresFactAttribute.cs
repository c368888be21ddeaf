using Xunit;

namespace Sessions.TestKit;

/// <summary>A test that needs a PostgreSQL; see <see cref="PostgresServer.SkipReason"/>.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    /// <summary>Skips where there is none.</summary>
    public PostgresFactAttribute() => Skip = PostgresServer.SkipReason;
}

/// <inheritdoc cref="PostgresFactAttribute"/>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    /// <inheritdoc cref="PostgresFactAttribute()"/>
    public PostgresTheoryAttribute() => Skip = PostgresServer.SkipReason;
}

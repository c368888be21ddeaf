using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>A test that shows how long something takes, of what another test promises; run where <c>SESSIONS_OUTAGES</c> is set.</summary>
public sealed class MeasuredFactAttribute : FactAttribute
{
    /// <summary>Skips where nothing is measured.</summary>
    public MeasuredFactAttribute() => Skip = PostgresServer.SkipReason
        ?? (Environment.GetEnvironmentVariable("SESSIONS_OUTAGES") is null ? "Measures what RollingRestartTests promise; set SESSIONS_OUTAGES to run it." : null);
}

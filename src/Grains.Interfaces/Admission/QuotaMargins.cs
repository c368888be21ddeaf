namespace Sessions;

/// <summary>How much is left of each quota that admissions draw upon; null where there is none.</summary>
/// <param name="Executions">Executions that are left.</param>
/// <param name="Concurrent">How many more may run at this moment.</param>
/// <param name="PerSecond">How many more may start in this second.</param>
/// <param name="ComputeTime">Compute time that is left.</param>
[GenerateSerializer, Immutable, Alias("sessions.QuotaMargins")]
public readonly record struct QuotaMargins(
    [property: Id(0)] long? Executions,
    [property: Id(1)] long? Concurrent,
    [property: Id(2)] long? PerSecond,
    [property: Id(3)] TimeSpan? ComputeTime);

namespace Sessions;

/// <summary>One thing that is wrong with what a caller stated.</summary>
/// <param name="Field">Where, as a path in camelCase, for example <c>quotas.concurrent</c>.</param>
/// <param name="Problem">What, as the end of a sentence that begins with the field.</param>
[GenerateSerializer, Immutable, Alias("sessions.ConfigurationFault")]
public sealed record ConfigurationFault([property: Id(0)] string Field, [property: Id(1)] string Problem);

namespace Sessions.Architecture.Tests.Planted;

/// <summary>Rules as they are to be.</summary>
internal sealed class PureRules(DateTimeOffset now)
{
    public DateTimeOffset Later(TimeSpan by) => now + by;
}

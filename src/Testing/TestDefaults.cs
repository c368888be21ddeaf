using Microsoft.Extensions.Time.Testing;

namespace Sessions.Testing;

/// <summary>What tests have that state nothing else.</summary>
internal static class TestDefaults
{
    /// <summary>The least that there may be: a test waits for the sweep.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>A clock that stands still until it is moved.</summary>
    public static FakeTimeProvider NewTime() => new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>Who acts.</summary>
    public static readonly Principal Actor = Principal.Parse("test");
}

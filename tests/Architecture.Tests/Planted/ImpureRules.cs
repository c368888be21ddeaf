namespace Sessions.Architecture.Tests.Planted;

/// <summary>Rules with everything that rules must not have, one each, to see that it is found.</summary>
internal sealed class ImpureRules(TimeProvider clock)
{
    private readonly Lazy<TimeProvider> later = new(() => clock);

    public static Task Act() => Task.CompletedTask;

    public static ValueTask<int>[] ActOften() => [];

    public static void Wake(Orleans.IGrainFactory grains) => ArgumentNullException.ThrowIfNull(grains);

    public static async void Forget() => await Task.CompletedTask;

    public TimeProvider? Clock() => later.Value;
}

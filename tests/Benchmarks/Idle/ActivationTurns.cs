using Microsoft.Extensions.DependencyInjection;
using Sessions.Benchmarks.Calls;
using Sessions.Benchmarks.Workers;
using Sessions.Grains.Session;

namespace Sessions.Benchmarks.Idle;

/// <summary>What a node does with, and says of, the activations that it has.</summary>
internal sealed class ActivationTurns(IServiceProvider services)
{
    /// <summary>The turn that lets go of all sessions and empty grains.</summary>
    public const string Forget = "forget";

    /// <summary>The turn that says how much memory is in use once what is garbage is gone, and how many sessions and empty grains there are.</summary>
    public const string Count = "count";

    /// <summary>What <see cref="Count"/> calls the managed memory, in bytes.</summary>
    public const string Bytes = "bytes";

    /// <summary>What <see cref="Count"/> calls the number of activations.</summary>
    public const string Activations = "activations";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs a turn; null if it is none of these.</summary>
    public Task<TurnResult>? RunAsync(string turn) => turn switch
    {
        Forget => ForgetAsync(),
        Count => CountAsync(),
        _ => null,
    };

    private IManagementGrain Management => services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);

    private async Task<TurnResult> ForgetAsync()
    {
        do
        {
            await Management.ForceActivationCollection(TimeSpan.Zero);
            await Task.Delay(Pause, TimeProvider.System);
        }
        while (await ActivationsAsync() > 0);
        return new TurnResult();
    }

    private async Task<TurnResult> CountAsync()
    {
        var activations = await ActivationsAsync();

        // What has a finalizer goes with the second collection.
        for (var pass = 0; pass < 2; pass++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true);
        return new TurnResult { More = new Dictionary<string, double> { [Bytes] = bytes, [Activations] = activations } };
    }

    private async Task<int> ActivationsAsync() => (await Management.GetSimpleGrainStatistics())
        .Where(grain => grain.GrainType.Contains("SessionGrain", StringComparison.Ordinal)
            || grain.GrainType.Contains(nameof(EmptyGrain), StringComparison.Ordinal))
        .Sum(grain => grain.ActivationCount);
}

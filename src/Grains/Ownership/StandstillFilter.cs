using Sessions.Grains.Hosting;

namespace Sessions.Grains.Ownership;

/// <summary>Lets calls to our grains wait while it is not known whether the silo still belongs to its cluster.</summary>
internal sealed class StandstillFilter(StandstillWatch watch) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) => watch.MayServe || !OwnGrains.Have(context) ? context.Invoke() : InvokeAsMemberAsync(context);

    private async Task InvokeAsMemberAsync(IIncomingGrainCallContext context)
    {
        await watch.EnsureMemberAsync();
        await context.Invoke();
    }
}

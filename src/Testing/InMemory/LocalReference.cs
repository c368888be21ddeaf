using System.Reflection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Sessions.Testing.InMemory;

/// <summary>What callers have of a grain: it finds the activation at each call, and makes one where there is none.</summary>
/// <remarks>Not sealed, and with a parameterless constructor: the type that implements the grain's interface is derived from it.</remarks>
internal class LocalReference : DispatchProxy
{
    private LocalGrains grains = null!;
    private Type kind = null!;
    private GrainId id;

    /// <summary>A reference of a grain by one of its interfaces.</summary>
    public static T Of<T>(LocalGrains grains, Type kind, GrainId id)
    {
        var reference = Create<T, LocalReference>()!;
        var self = (LocalReference)(object)reference;
        (self.grains, self.kind, self.id) = (grains, kind, id);
        return reference;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var answer = grains.Find(kind, id).CallAsync(targetMethod!, args ?? []);
        if (!targetMethod!.IsDefined(typeof(OneWayAttribute), inherit: false))
        {
            return GrainMethod.Return(targetMethod, answer);
        }

        // Sent, and not waited for.
        _ = answer.ContinueWith(
            static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return GrainMethod.Return(targetMethod, Task.FromResult<object?>(null));
    }
}

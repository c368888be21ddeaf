using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Sessions.Testing.InMemory;

/// <summary>
/// Makes an object while the runtime's context is a given one: the base class of grains takes it from there, and Orleans offers no other
/// way to classes that do not ask for it in their constructor.
/// </summary>
internal static class RuntimeContextAccess
{
    private const string RuntimeContext = "Orleans.Runtime.RuntimeContext, Orleans.Core.Abstractions";

    /// <summary>Makes the object, on this thread.</summary>
    public static T Within<T>(IGrainContext context, Func<T> make)
    {
        Set(null, context, out var before);
        try
        {
            return make();
        }
        finally
        {
            Reset(null, before);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "SetExecutionContext")]
    private static extern void Set([UnsafeAccessorType(RuntimeContext)] object? type, IGrainContext context, out IGrainContext? before);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "ResetExecutionContext")]
    private static extern void Reset([UnsafeAccessorType(RuntimeContext)] object? type, IGrainContext? before);
}

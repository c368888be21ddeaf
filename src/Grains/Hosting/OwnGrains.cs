using System.Reflection;

namespace Sessions.Grains.Hosting;

/// <summary>Tells the grains of this platform from those of the host and of the runtime.</summary>
internal static class OwnGrains
{
    /// <summary>Whether a method is one of an interface of ours.</summary>
    public static bool Have(MethodInfo method) =>
        method.DeclaringType?.Assembly is { } assembly && (assembly == typeof(ISessionGrain).Assembly || assembly == typeof(OwnGrains).Assembly);
}

namespace Sessions.Grains.Hosting;

/// <summary>Tells the grains of this platform from those of the host and of the runtime.</summary>
internal static class OwnGrains
{
    /// <summary>Whether a call is one of an interface of ours.</summary>
    public static bool Have(IIncomingGrainCallContext context) =>
        context.InterfaceMethod?.DeclaringType?.Assembly is { } assembly
        && (assembly == typeof(ISessionGrain).Assembly || assembly == typeof(OwnGrains).Assembly);
}

using System.Collections.Concurrent;
using System.Reflection;

namespace Sessions.Client;

/// <summary>What a guarded method requires.</summary>
/// <param name="Function">Under which name it is admitted.</param>
/// <param name="Permissions">What the session must permit beside executing.</param>
internal sealed record SessionGuard(FunctionName Function, SessionPermissions Permissions)
{
    private static readonly ConcurrentDictionary<(MethodInfo Interface, MethodInfo Implementation), SessionGuard?> Known = new();

    /// <summary>The guard of a method; null if it has none.</summary>
    /// <exception cref="InvalidOperationException">The attribute says something that no session can admit.</exception>
    public static SessionGuard? Of(MethodInfo interfaceMethod, MethodInfo implementation) =>
        Known.GetOrAdd((interfaceMethod, implementation), static methods => Read(methods.Interface, methods.Implementation));

    private static SessionGuard? Read(MethodInfo interfaceMethod, MethodInfo implementation)
    {
        var required = Find(implementation) ?? Find(implementation.ReflectedType) ?? Find(implementation.DeclaringType)
            ?? Find(interfaceMethod) ?? Find(interfaceMethod.DeclaringType);
        if (required is null)
        {
            return null;
        }

        var name = required.Function ?? NameOf(interfaceMethod);
        return FunctionName.TryParse(name, null, out var function)
            ? new SessionGuard(function, required.Permissions)
            : throw new InvalidOperationException($"'{name}' of {interfaceMethod} is not a function's name; state one with RequiresSession(Function = …).");
    }

    private static RequiresSessionAttribute? Find(MemberInfo? member) => member?.GetCustomAttribute<RequiresSessionAttribute>(inherit: true);

    // The generic parts of a name have characters that function names do not.
    private static string NameOf(MethodInfo method) => $"{Bare(method.DeclaringType!.Name)}.{Bare(method.Name)}";

    private static string Bare(string name) => name.Split('`')[0];
}

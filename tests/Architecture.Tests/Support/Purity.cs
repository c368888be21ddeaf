using System.Reflection;
using System.Runtime.CompilerServices;

namespace Sessions.Architecture.Tests.Support;

/// <summary>
/// Finds what has no place in rules that go from values to values: results that have to be awaited, clocks, loggers and grains.
/// </summary>
/// <remarks>
/// <see cref="ILeaseHolder"/> is let through, although it can be called: a session's ledger keeps it as the address of a holder, for the
/// grain to call.
/// </remarks>
internal static class Purity
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>One line for each violation in these types; those that the compiler or Orleans wrote are looked through as well.</summary>
    public static IEnumerable<string> FindViolations(IEnumerable<Type> types) => types.SelectMany(Find);

    private static IEnumerable<string> Find(Type type)
    {
        foreach (var field in type.GetFields(Declared).Where(field => Names(field.FieldType).Any(IsOutside)))
        {
            yield return $"{type.FullName} has the field {field.Name} of the type {field.FieldType.Name}";
        }

        foreach (var method in type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
        {
            foreach (var parameter in method.GetParameters().Where(parameter => Names(parameter.ParameterType).Any(IsOutside)))
            {
                yield return $"{type.FullName}.{method.Name} takes {parameter.Name} of the type {parameter.ParameterType.Name}";
            }

            if (method is MethodInfo { ReturnType: var returned } && Names(returned).Any(one => IsOutside(one) || IsAwaited(one)))
            {
                yield return $"{type.FullName}.{method.Name} returns {returned.Name}";
            }

            // Otherwise `async void` would pass, which returns nothing.
            if (method.IsDefined(typeof(AsyncStateMachineAttribute)))
            {
                yield return $"{type.FullName}.{method.Name} is async";
            }
        }
    }

    /// <summary>A type with those that it is made of: elements and type arguments.</summary>
    private static IEnumerable<Type> Names(Type type) =>
        (type.HasElementType ? Names(type.GetElementType()!) : type.GetGenericArguments().SelectMany(Names)).Append(type);

    private static bool IsAwaited(Type type) => NameOf(type) is
        "System.Threading.Tasks.Task" or "System.Threading.Tasks.Task`1" or
        "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask`1" or
        "System.Collections.Generic.IAsyncEnumerable`1";

    private static bool IsOutside(Type type) => type != typeof(ILeaseHolder)
        && (NameOf(type) is "System.TimeProvider"
        || type.Namespace?.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) == true
        || type.Name.StartsWith("ILogger", StringComparison.Ordinal)
        || (type.IsInterface && type.Name.StartsWith("IGrain", StringComparison.Ordinal))
        || type.GetInterfaces().Any(one => one.Name is "IGrain" or "IAddressable"));

    private static string NameOf(Type type) => $"{type.Namespace}.{type.Name}";
}

using System.Reflection;

namespace Sessions.Contracts.Tests.Wire;

/// <summary>Every type that crosses the wire, found by looking, so that a new one cannot be forgotten.</summary>
internal static class WireTypes
{
    public static readonly Assembly Contracts = typeof(SessionId).Assembly;

    public static IReadOnlyList<Type> In(Assembly assembly) =>
        [.. assembly.GetTypes().Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)).OrderBy(type => type.Name)];

    public static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? "";
}

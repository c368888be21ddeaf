using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Sessions.Contracts.Tests.Support;

/// <summary>Looks into values by their numbered members: records with collections do not compare by content themselves.</summary>
internal static class Contents
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Everything in <paramref name="value"/>, as text.</summary>
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>().Select(Of))}]",
        DateTimeOffset at => at.ToString("O", CultureInfo.InvariantCulture),
        Enum => $"{value.GetType().Name}.{value}",
        _ when NumberedMembers(value.GetType()).ToList() is { Count: > 0 } members =>
            $"{value.GetType().Name} {{ {string.Join(", ", members.Select(m => $"{m.Name} = {Of(ValueOf(m, value))}"))} }}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>The members of <paramref name="value"/> that a sample left empty, so that nothing would be seen if they were lost.</summary>
    public static IEnumerable<string> EmptyMembers(object value) =>
        from member in NumberedMembers(value.GetType())
        let content = ValueOf(member, value)
        where content is null or ""
            || (content is IEnumerable items and not string && !items.GetEnumerator().MoveNext())
            || content.Equals(content.GetType().IsValueType ? Activator.CreateInstance(content.GetType()) : null)
        select $"{value.GetType().Name}.{member.Name}";

    public static IEnumerable<MemberInfo> NumberedMembers(Type? type) =>
        type is null ? [] : NumberedMembers(type.BaseType).Concat(type.GetMembers(Declared).Where(m => m.IsDefined(typeof(IdAttribute))));

    /// <summary>All state that a type declares itself: its fields, and for a field behind a property, the property.</summary>
    public static IEnumerable<MemberInfo> State(Type type) =>
        from field in type.GetFields(Declared)
        let name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : null
        select name is null ? (MemberInfo)field : type.GetProperty(name, Declared)!;

    private static object? ValueOf(MemberInfo member, object of) => member switch
    {
        PropertyInfo property => property.GetValue(of),
        FieldInfo field => field.GetValue(of),
        _ => throw new ArgumentException($"{member} holds nothing.", nameof(member)),
    };
}

using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Sessions.Silo.Settings;

/// <summary>
/// Reads sections of a configuration for options types, and collects everything in them that cannot be used: names that are no
/// setting, and values that do not have the setting's type. Durations may be written in every form of <see cref="DurationFormat"/>.
/// The binder of the framework stops at the first fault, takes a bare number for days, and ignores what it does not know or is empty.
/// </summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> faults = [];

    /// <summary>What cannot be used so far.</summary>
    public IReadOnlyCollection<string> Faults => faults;

    public void Add(IEnumerable<string> more) => faults.AddRange(more);

    /// <summary>The section, with values as the framework's binder reads them. What cannot be used is left out.</summary>
    /// <param name="path">The section.</param>
    /// <param name="options">The type that it is to be bound to.</param>
    /// <param name="readElsewhere">Names of settings in the section that are not of the type.</param>
    public IConfigurationSection Read(string path, Type options, params string[] readElsewhere)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        ReadObject(configuration.GetSection(path), options, readElsewhere, values);
        return new ConfigurationBuilder().AddInMemoryCollection(values).Build().GetSection(path);
    }

    private void ReadObject(IConfigurationSection section, Type type, string[] readElsewhere, Dictionary<string, string?> values)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            faults.Add($"{section.Path} is '{section.Value}' and not a value of its own. Set what is below it, for example {section.Path}:{Names(type).FirstOrDefault()}.");
        }

        foreach (var child in section.GetChildren())
        {
            if (readElsewhere.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            if (PropertyOf(type, child.Key) is { } property)
            {
                ReadSetting(child, property.PropertyType, values);
                continue;
            }

            string[] names = [.. Names(type), .. readElsewhere];
            faults.Add(Spelling.Nearest(child.Key, names) is { } meant
                ? $"{child.Path} is not a setting. Did you mean {section.Path}:{meant}?"
                : $"{child.Path} is not a setting. The settings of {section.Path} are {string.Join(", ", names)}.");
        }
    }

    private void ReadSetting(IConfigurationSection setting, Type type, Dictionary<string, string?> values)
    {
        if (ItemOf(type, typeof(IDictionary<,>)) is [_, var named])
        {
            foreach (var child in setting.GetChildren())
            {
                ReadSetting(child, named, values);
            }
        }
        else if (type != typeof(string) && ItemOf(type, typeof(IList<>)) is [var item])
        {
            foreach (var child in setting.GetChildren())
            {
                ReadSetting(child, item, values);
            }
        }
        else if (IsValue(type))
        {
            ReadValue(setting, type, values);
        }
        else
        {
            ReadObject(setting, type, [], values);
        }
    }

    private void ReadValue(IConfigurationSection setting, Type type, Dictionary<string, string?> values)
    {
        if (setting.GetChildren().FirstOrDefault() is { } below)
        {
            faults.Add($"{below.Path} is not a setting: {setting.Path} is one value.");
            return;
        }

        var text = setting.Value ?? "";
        if (text.Length == 0 && Nullable.GetUnderlyingType(type) is not null)
        {
            values[setting.Path] = "";
        }
        else if (Convert(text, Nullable.GetUnderlyingType(type) ?? type, out var problem) is { } value)
        {
            values[setting.Path] = value;
        }
        else
        {
            faults.Add(text.Length == 0 ? $"{setting.Path} is empty. Set a value or remove it." : $"{setting.Path} is '{text}': it {problem}.");
        }
    }

    /// <summary>The value as the binder reads it; null if it is none.</summary>
    private static string? Convert(string text, Type type, out string? problem)
    {
        problem = null;
        if (type == typeof(string))
        {
            return text;
        }

        if (type == typeof(TimeSpan))
        {
            return DurationFormat.TryParse(text, out var duration, out problem) ? duration.ToString("c", CultureInfo.InvariantCulture) : null;
        }

        if (type == typeof(bool))
        {
            problem = "is neither true nor false";
            return bool.TryParse(text, out _) ? text : null;
        }

        if (type.IsEnum)
        {
            // Zero is no value of most.
            var names = Enum.GetNames(type).Where(static name => name != "Invalid").ToArray();
            problem = $"is none of {string.Join(", ", names)}";
            return text.Split(',', StringSplitOptions.TrimEntries).All(part => names.Contains(part, StringComparer.OrdinalIgnoreCase)) ? text : null;
        }

        problem = "is not a whole number";
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && (type == typeof(long) || number is >= int.MinValue and <= int.MaxValue)
            ? text
            : null;
    }

    private static bool IsValue(Type type)
    {
        var stated = Nullable.GetUnderlyingType(type) ?? type;
        return stated == typeof(string) || stated == typeof(TimeSpan) || stated == typeof(bool) || stated.IsEnum || stated == typeof(int) || stated == typeof(long);
    }

    private static Type[] ItemOf(Type type, Type collection) => type
        .GetInterfaces()
        .Append(type)
        .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == collection)
        ?.GetGenericArguments() ?? [];

    /// <summary>The settings that a type has.</summary>
    public static IEnumerable<string> Names(Type type) => Properties(type).Select(property => property.Name);

    private static PropertyInfo? PropertyOf(Type type, string name) =>
        Properties(type).FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<PropertyInfo> Properties(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true } || (property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType)));
}

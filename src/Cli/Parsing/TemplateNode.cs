using System.Collections.Immutable;
using System.Text.Json;

namespace Sessions.Cli.Parsing;

/// <summary>One object of a definition's file: each field is asked for by name and kind, and what nobody asked for is refused.</summary>
internal sealed class TemplateNode(JsonElement element, string path, ImmutableArray<ConfigurationFault>.Builder faults)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly bool isObject = Expect(element, JsonValueKind.Object, path, faults);

    public string? Text(string name) => Find(name) is { } value ? AsText(value, Path(name)) : null;

    public TemplateNode? Child(string name) => Find(name) is { } value ? new TemplateNode(value, Path(name), faults) : null;

    /// <summary>A list of objects.</summary>
    public ImmutableArray<TemplateNode>? Children(string name) => Find(name) is { } value && Expect(value, JsonValueKind.Array, Path(name), faults)
        ? [.. value.EnumerateArray().Select((item, i) => new TemplateNode(item, $"{Path(name)}[{i}]", faults))]
        : null;

    /// <summary>A value that has a text form of its own.</summary>
    public T? Value<T>(string name, Func<string, Parsed<T>> parse)
        where T : struct => Converted(name, parse);

    /// <summary>A list of such values.</summary>
    public ImmutableArray<T>? Values<T>(string name, Func<string, Parsed<T>> parse)
        where T : struct => Texts(name) is { } texts ? [.. texts.Select((text, i) => Accept($"{Path(name)}[{i}]", parse(text)) ?? default)] : null;

    public TimeSpan? Duration(string name) => Converted(name, DurationText.Parse);

    public SessionPermissions? Permissions(string name) => Texts(name) is { } names
        ? Accept(Path(name), names.IsEmpty ? SessionPermissions.None : PermissionText.Parse(names))
        : null;

    public PauseClock? PauseClock(string name) => Converted(name, PauseClockText.Parse);

    public long? Count(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count))
        {
            return count;
        }

        faults.Add(new(Path(name), "is not a whole number"));
        return null;
    }

    /// <summary>A number of bytes, or a text such as <c>10MiB</c>.</summary>
    public long? Bytes(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number } ? Count(name) : Converted(name, ByteText.Parse);

    public bool? Switch(string name)
    {
        switch (Find(name)?.ValueKind)
        {
            case null:
                return null;
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                faults.Add(new(Path(name), "is neither true nor false"));
                return null;
        }
    }

    public ImmutableArray<string>? Texts(string name)
    {
        if (Find(name) is not { } value || !Expect(value, JsonValueKind.Array, Path(name), faults))
        {
            return null;
        }

        return [.. value.EnumerateArray().Select((item, i) => AsText(item, $"{Path(name)}[{i}]") ?? "")];
    }

    /// <summary>All fields as texts, for objects whose names are free.</summary>
    public ImmutableSortedDictionary<string, string> AllTexts()
    {
        var texts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (isObject)
        {
            foreach (var field in element.EnumerateObject())
            {
                texts[field.Name] = AsText(field.Value, Path(Plain.Clean(field.Name))) ?? "";
            }
        }

        return texts.ToImmutable();
    }

    /// <summary>Names every field that was not asked for.</summary>
    public void RefuseOthers()
    {
        if (!isObject)
        {
            return;
        }

        foreach (var field in element.EnumerateObject().Where(field => !known.Contains(field.Name)))
        {
            faults.Add(new(
                Path(Plain.Clean(field.Name)),
                "is not known; known here: " + string.Join(", ", known.Order(StringComparer.Ordinal))));
        }
    }

    private JsonElement? Find(string name)
    {
        known.Add(name);

        // null states nothing, like a field that is left out; so what the tool prints can be read again.
        return isObject && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T? Converted<T>(string name, Func<string, Parsed<T>> parse)
        where T : struct => Text(name) is { } text ? Accept(Path(name), parse(text)) : null;

    private T? Accept<T>(string field, Parsed<T> parsed)
        where T : struct
    {
        if (parsed.Problem is { } problem)
        {
            faults.Add(new(field, problem));
            return null;
        }

        return parsed.Value;
    }

    private string? AsText(JsonElement value, string field)
    {
        if (!Expect(value, JsonValueKind.String, field, faults))
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 is well-formed JSON, but no text.
            faults.Add(new(field, "has a lone surrogate"));
            return null;
        }
    }

    private string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static bool Expect(
        JsonElement value, JsonValueKind kind, string field, ImmutableArray<ConfigurationFault>.Builder faults)
    {
        if (value.ValueKind == kind)
        {
            return true;
        }

        faults.Add(new(field.Length == 0 ? "file" : field, $"is {Name(value.ValueKind)}, not {Name(kind)}"));
        return false;
    }

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };
}

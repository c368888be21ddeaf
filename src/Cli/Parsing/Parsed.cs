namespace Sessions.Cli.Parsing;

/// <summary>What became of a text: a value, or what is wrong with it as the end of a sentence that begins with its place.</summary>
internal readonly record struct Parsed<T>(T? Value, string? Problem)
{
    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static Parsed<T> Wrong(string problem) => new(default, problem);
}

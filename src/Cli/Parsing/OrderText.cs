namespace Sessions.Cli.Parsing;

/// <summary>Orders of sessions by short names.</summary>
internal static class OrderText
{
    public const string Names = "newest, oldest, ends-first, ends-last";

    public static Parsed<SessionOrder> Parse(string text) => text switch
    {
        "newest" => SessionOrder.NewestFirst,
        "oldest" => SessionOrder.OldestFirst,
        "ends-first" => SessionOrder.EndsFirst,
        "ends-last" => SessionOrder.EndsLast,
        _ => Parsed<SessionOrder>.Wrong($"is {Plain.Quote(text)}, which is not an order; they are {Names}"),
    };
}

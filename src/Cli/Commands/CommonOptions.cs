using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary>What several commands take, and how they show a session.</summary>
internal static class CommonOptions
{
    public static Option<string?> Reason() => new("--reason")
    {
        Description = "Why, at most 512 characters; kept with the change.",
        HelpName = "TEXT",
    };

    public static Argument<SessionId> Id() => Values.Argument<SessionId>("ID", "The session's id, s-…");

    public static void Show(this CommandContext context, SessionSnapshot session) =>
        context.Output.Write(() => SessionJson.Of(session), () => Views.Session(session, context.Output.Now));
}

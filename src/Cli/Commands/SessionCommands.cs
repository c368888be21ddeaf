using System.CommandLine;
using System.Globalization;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary>The commands upon one session that exists, and two of them upon many.</summary>
internal static class SessionCommands
{
    public static IEnumerable<Command> All(CommandRunner runner) =>
    [
        Get(runner),
        Verb(runner, "confirm", "Create a session from its reservation.", (handle, options, ct) => handle.CreateAsync(options, ct)),
        Verb(runner, "cancel", "Give a reservation up.", (handle, options, ct) => handle.CancelAsync(options, ct)),
        Activate(runner),
        OneOrManyCommand.Pause(runner),
        Verb(runner, "resume", "Let executions go on.", (handle, options, ct) => handle.ResumeAsync(options, ct)),
        Renew(runner),
        Adjust(runner),
        OneOrManyCommand.Close(runner),
    ];

    private static Command Get(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        return runner.Command("get", "Show a session.", [id], async (context, cancellationToken) =>
            context.Show(await context.Client.Get(context.Parsed.GetValue(id)).GetAsync(cancellationToken)));
    }

    private static Command Verb(
        CommandRunner runner,
        string name,
        string description,
        Func<SessionHandle, SessionCommandOptions, CancellationToken, Task<SessionSnapshot>> call)
    {
        var id = CommonOptions.Id();
        var reason = CommonOptions.Reason();
        return runner.Command(name, description, [id, reason], async (context, cancellationToken) =>
        {
            var options = new SessionCommandOptions { Reason = context.Parsed.GetValue(reason) };
            context.Show(await call(context.Client.Get(context.Parsed.GetValue(id)), options, cancellationToken));
        });
    }

    private static Command Activate(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var wait = Activation.Wait();
        var reason = CommonOptions.Reason();
        return runner.Command("activate", "Let executions begin.", [id, wait, reason], async (context, cancellationToken) =>
        {
            var parsed = context.Parsed;
            context.Show(await context.ActivateAsync(
                context.Client.Get(parsed.GetValue(id)), parsed.GetValue(wait), parsed.GetValue(reason), cancellationToken));
        });
    }

    private static Command Renew(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var reason = CommonOptions.Reason();
        var by = Values.Converted("--by", "DURATION", "How much later than now planned.", DurationText.Parse);
        var until = Values.Converted("--until", "TIME", "The new end, ISO 8601; UTC where it states no offset.", ParseTime);
        var allowShortening = new Option<bool>("--allow-shortening") { Description = "Let --until lie before the present end." };
        var command = runner.Command(
            "renew", "Move a session's end.", [id, by, until, allowShortening, reason], async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                context.Show(await context.Client.Get(parsed.GetValue(id)).RenewAsync(
                    new RenewSessionOptions
                    {
                        By = parsed.GetValue(by),
                        Until = parsed.GetValue(until),
                        AllowShortening = parsed.GetValue(allowShortening),
                        Reason = parsed.GetValue(reason),
                    },
                    cancellationToken));
            });
        command.Validators.Add(result =>
        {
            if (result.GetResult(by) is null == result.GetResult(until) is null)
            {
                result.AddError("--by and --until exclude each other, and one of them is needed.");
            }
        });
        return command;
    }

    private static Command Adjust(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var reason = CommonOptions.Reason();
        var allow = LimitOptions.Permissions("--allow", "What executions may do from now on");
        var functions = LimitOptions.Functions("Those stated replace all there are. Default: as it is.");
        var anyFunction = new Option<bool>("--any-function") { Description = "Let every function run." };
        var quota = LimitOptions.Quota("How much may be used. REPLACES ALL QUOTAS: one that is not named is lifted. They are");
        var command = runner.Command(
            "adjust",
            "Change what a session may do and use. What gets narrower holds everywhere when this is done.",
            [id, allow, functions, anyFunction, quota, reason],
            async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                context.Show(await context.Client.Get(parsed.GetValue(id)).AdjustAsync(
                    new AdjustSessionOptions
                    {
                        Permissions = parsed.GetValue(allow),
                        FunctionPatterns = parsed.GetValue(anyFunction) ? []
                            : parsed.GetValue(functions) is { Length: > 0 } patterns ? [.. patterns]
                            : null,
                        Quotas = parsed.GetValue(quota),
                        Reason = parsed.GetValue(reason),
                    },
                    cancellationToken));
            });
        command.Validators.Add(result =>
        {
            if (result.GetResult(functions) is not null && result.GetValue(anyFunction))
            {
                result.AddError("--function and --any-function exclude each other.");
            }

            if (new Option[] { allow, functions, anyFunction, quota }.All(option => result.GetResult(option) is null))
            {
                result.AddError("One of --allow, --function, --any-function and --quota is needed.");
            }
        });
        return command;
    }

    private static Parsed<DateTimeOffset> ParseTime(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : Parsed<DateTimeOffset>.Wrong($"is {Plain.Quote(text)}, which is not a time; write for example 2030-01-31T18:00:00Z");
}

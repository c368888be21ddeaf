using System.CommandLine;
using System.Globalization;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary>The commands about what runs in a session.</summary>
internal static class ExecutionCommands
{
    public const string SessionVariable = "SESSION_ID";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // How it ended is to be counted, also where the cluster is away for a while.
    private static readonly TimeSpan PatienceWhileRunning = TimeSpan.FromMinutes(1);

    public static IEnumerable<Command> All(CommandRunner runner) => [Authorize(runner), Execute(runner), Executions(runner)];

    private static Command Authorize(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var function = Function();
        var permission = LimitOptions.Permissions("--permission", "What the session must permit; execute if nothing is stated");
        var explain = new Option<bool>("--explain") { Description = "Print every step of the decision, and what is left." };
        return runner.Command(
            "authorize", "Ask whether a function may run now. Uses nothing.", [id, function, permission, explain], async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var what = parsed.GetValue(function) ?? default;
                var session = context.Client.Get(parsed.GetValue(id));
                var decision = await session.AuthorizeAsync(
                    what, parsed.GetValue(permission) ?? SessionPermissions.ExecuteFunctions, cancellationToken);
                var bound = parsed.GetValue(explain) && !context.Output.IsJson && decision.Status != SessionStatus.Invalid
                    ? await session.GetAsync(cancellationToken)
                    : null;
                context.Output.Write(() => DecisionJson.Of(what, decision), () => Views.Decision(decision, parsed.GetValue(explain), bound));
                return decision.IsAdmitted ? ExitCodes.Done : ExitCodes.Refused;
            });
    }

    private static Command Execute(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var function = Function();
        var leased = new Option<bool>("--leased")
        {
            Description = "Take a lease for this execution, as programs do that run many. Without it the session is asked for this one alone, and a crash costs no more.",
        };
        var strict = new Option<bool>("--strict") { Description = "The default.", Hidden = true };
        var grace = Values.Converted(
            "--grace", "DURATION", "How long the program may go on after SIGTERM, before it is killed. Default: 5s.", DurationText.Parse);
        var program = new Argument<string[]>("PROGRAM")
        {
            Description = "The program and its arguments, after --.",
            Arity = ArgumentArity.OneOrMore,
        };
        return runner.Command(
            "execute",
            $"Run a program in a session, if that admits it: with {SessionVariable} in its environment. When the session stops or its time is up, and when "
                + "this tool is told to end, the program gets SIGTERM, and SIGKILL after a grace; when this tool is killed, the program is killed too "
                + "(not on Windows). Ends with the program's exit code; with 1 where the session refused or stopped it. Any other code than 0 is a failure.",
            [id, function, leased, strict, grace, program],
            async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var session = context.Client.Get(parsed.GetValue(id));
                var words = parsed.GetRequiredValue(program);
                context.Connection.KeepTrying(PatienceWhileRunning);
                var start = new ProgramStart(
                    words[0], words[1..], new Dictionary<string, string> { [SessionVariable] = session.Id.ToString() }, parsed.GetValue(grace) ?? Grace);
                try
                {
                    await session.ExecuteAsync(
                        parsed.GetValue(function) ?? default,
                        async running => ProgramFailedException.ThrowIfNotZero(
                            await context.Environment.RunProgram(start, running.CancellationToken)),
                        new ExecuteOptions { Strict = !parsed.GetValue(leased) },
                        cancellationToken);
                    return ExitCodes.Done;
                }
                catch (ProgramFailedException failed)
                {
                    return failed.ExitCode;
                }
            });
    }

    private static Command Executions(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var after = Values.Converted("--after", "N", "Only what follows this sequence. Default: 0, all.", text => ParseCount(text, 0));
        var limit = Values.Converted("--limit", "N", "At most so many. Default: all that the log has.", text => ParseCount(text, 1));
        return runner.Command(
            "executions",
            "List a session's executions, oldest first, where it was created with --log-executions.",
            [id, after, limit],
            async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var (session, most) = (context.Client.Get(parsed.GetValue(id)), parsed.GetValue(limit) ?? long.MaxValue);
                var executions = new List<ExecutionRecord>();
                await foreach (var execution in session.GetExecutionsAsync(parsed.GetValue(after) ?? 0, cancellationToken))
                {
                    executions.Add(execution);
                    if (executions.Count >= most)
                    {
                        break;
                    }
                }

                context.Output.Write(() => new ExecutionsJson(session.Id, executions), () => Views.Executions(executions));
            });
    }

    private static Option<FunctionName?> Function()
    {
        var function = Values.Parsable<FunctionName>("--function", "NAME", "What is to run.");
        function.Required = true;
        return function;
    }

    private static Parsed<long> ParseCount(string text, long least) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= least
            ? count
            : Parsed<long>.Wrong($"is {Plain.Quote(text)}, not a whole number from {least} on");

    /// <summary>Tells the session that the program failed, and the tool with which code.</summary>
    private sealed class ProgramFailedException(int exitCode) : Exception
    {
        public int ExitCode { get; } = exitCode;

        public static void ThrowIfNotZero(int exitCode)
        {
            if (exitCode != 0)
            {
                throw new ProgramFailedException(exitCode);
            }
        }
    }
}

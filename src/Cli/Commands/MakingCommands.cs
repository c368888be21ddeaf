using System.CommandLine;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions create</c> and <c>sessions request</c>.</summary>
internal static class MakingCommands
{
    public static Command Create(CommandRunner runner)
    {
        var parent = Values.Parsable<SessionId>(
            "--parent", "ID", "Open it as a child of this session, whose namespace and creator it has then unless others are stated.");
        var specification = new SpecificationOptions(mayInherit: true);
        var reason = CommonOptions.Reason();
        var activate = new Option<bool>("--activate") { Description = "Activate it too. Refused, a session without --id is closed again; one with --id stays for the next attempt." };
        var wait = Activation.Wait();
        var command = runner.Command(
            "create", "Create a session.", [.. specification.All, parent, activate, wait, reason], async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var handle = parsed.GetValue(parent) is { } above
                    ? await context.Client.Get(above).OpenChildAsync(
                        new OpenChildOptions
                        {
                            Id = specification.Id(parsed),
                            Namespace = specification.Namespace(parsed),
                            Creator = specification.Creator(parsed),
                            Template = specification.Template(parsed),
                            Overrides = specification.Overrides(parsed),
                            Reason = parsed.GetValue(reason),
                        },
                        cancellationToken)
                    : await context.Client.CreateAsync(
                        new CreateSessionOptions
                        {
                            Id = specification.Id(parsed),
                            Namespace = specification.Namespace(parsed),
                            Creator = specification.Creator(parsed),
                            Template = specification.Template(parsed),
                            Overrides = specification.Overrides(parsed),
                            Reason = parsed.GetValue(reason),
                        },
                        cancellationToken);

                // Repeated under its id, a creation may find its session active; activating that again would be refused.
                if (parsed.GetValue(activate) && handle.LastSeen!.Status == SessionStatus.Created)
                {
                    await context.ActivateCreatedAsync(
                        handle, specification.Id(parsed) is not null, parsed.GetValue(wait), parsed.GetValue(reason), cancellationToken);
                }

                context.Show(handle.LastSeen!);
            });
        command.Validators.Add(specification.RequireUnless(parent));
        command.Validators.Add(result =>
        {
            if (result.GetResult(wait) is not null && !result.GetValue(activate))
            {
                result.AddError("--wait needs --activate.");
            }
        });
        return command;
    }

    public static Command Request(CommandRunner runner)
    {
        var specification = new SpecificationOptions();
        var reason = CommonOptions.Reason();
        var deadline = Values.Converted(
            "--deadline", "DURATION", "How long the reservation stands, 1s to 1d. Default: the silo's.", DurationText.Parse);
        return runner.Command(
            "request", "Reserve a session, to be confirmed or cancelled.", [.. specification.All, deadline, reason], async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var handle = await context.Client.RequestAsync(
                    new RequestSessionOptions
                    {
                        Id = specification.Id(parsed),
                        Namespace = specification.Namespace(parsed),
                        Creator = specification.Creator(parsed),
                        Template = specification.Template(parsed),
                        Overrides = specification.Overrides(parsed),
                        Deadline = parsed.GetValue(deadline),
                        Reason = parsed.GetValue(reason),
                    },
                    cancellationToken);
                context.Show(handle.LastSeen!);
            });
    }
}

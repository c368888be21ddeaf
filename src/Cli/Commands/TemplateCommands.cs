using System.CommandLine;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions template set | list | show</c>.</summary>
internal static class TemplateCommands
{
    public static Command Template(CommandRunner runner) => new("template", "Set, list and show templates.")
    {
        Set(runner),
        List(runner),
        ShowOne(runner),
    };

    private static Command Set(CommandRunner runner)
    {
        var name = Values.Argument<TemplateReference>("NAME", "The template's name.");
        var file = new Argument<string>("FILE")
        {
            Description = "JSON, at most 1 MiB: {description, configuration: {maxDuration, permissions, functionPatterns, quotas, "
                + "settings, labels}, ceiling: {maxDuration, permissions, quotas}, provisioner}; all of it optional.",
        };
        return runner.Command("set", "Add a version to a template.", [name, file], async (context, cancellationToken) =>
        {
            var definition = TemplateFile.Read(context.Parsed.GetRequiredValue(file));
            Show(context, await context.Client.SetTemplateAsync(
                context.Parsed.GetValue(name), definition, cancellationToken: cancellationToken));
        });
    }

    private static Command List(CommandRunner runner) =>
        runner.Command("list", "List the latest version of every template.", [], async (context, cancellationToken) =>
        {
            var templates = await context.Client.ListTemplatesAsync(cancellationToken);
            context.Output.Write(
                () => new TemplatesJson(templates.Select(TemplateJson.Of)), () => Views.Templates(templates, context.Output.Now));
        });

    private static Command ShowOne(CommandRunner runner)
    {
        var name = Values.Argument<TemplateReference>("NAME[@V]", "The template, and the version if not the latest.");
        return runner.Command("show", "Show a template.", [name], async (context, cancellationToken) =>
            Show(context, await context.Client.GetTemplateAsync(context.Parsed.GetValue(name), cancellationToken)));
    }

    private static void Show(CommandContext context, SessionTemplate template) =>
        context.Output.Write(() => TemplateJson.Of(template), () => Views.Template(template, context.Output.Now));
}

using System.CommandLine;
using System.Globalization;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions policy get | set | explain</c>.</summary>
internal static class PolicyCommands
{
    public static Command Policy(CommandRunner runner) => new("policy", "Set, show and explain what namespaces permit.")
    {
        Get(runner),
        Set(runner),
        Explain(runner),
    };

    private static Command Get(CommandRunner runner)
    {
        var name = Namespace();
        var effective = new Option<bool>("--effective") { Description = "Show what all policies that count there say together, and how many sessions are live." };
        var history = new Option<bool>("--history") { Description = "List all versions, newest first." };
        return runner.Command("get", "Show the policy of a namespace.", [name, effective, history], async (context, cancellationToken) =>
        {
            var (parsed, output, client) = (context.Parsed, context.Output, context.Client);
            var path = parsed.GetValue(name);
            if (parsed.GetValue(effective) && parsed.GetValue(history))
            {
                throw new CliUsageException("--effective and --history exclude each other");
            }

            if (parsed.GetValue(effective))
            {
                var (policy, live) = await client.GetEffectivePolicyAsync(path, cancellationToken);
                output.Write(() => EffectivePolicyJson.Of(policy, live), () => PolicyViews.Effective(policy, live));
            }
            else if (parsed.GetValue(history))
            {
                var policies = await client.GetPolicyHistoryAsync(path, cancellationToken).ToListAsync(cancellationToken);
                output.Write(
                    () => new PoliciesJson(path, policies.Select(policy => PolicyJson.Of(path, policy))), () => PolicyViews.History(policies, output.Now));
            }
            else
            {
                var policy = await client.GetPolicyAsync(path, cancellationToken);
                var live = policy?.Definition.Queue is null ? [] : (await client.GetEffectivePolicyAsync(path, cancellationToken)).Live;
                Show(context, path, policy, reach: null, live.FirstOrDefault(count => count.Namespace == path)?.Waiting);
            }
        });
    }

    private static Command Set(CommandRunner runner)
    {
        var name = Namespace();
        var file = new Option<string>("--file")
        {
            Description = "JSON, at most 1 MiB: {description, ceiling: {maxDuration, permissions, quotas}, maxLiveSessions, queue: {maximum, wait}, dataRules: [{name, "
                + "effect, who, operations, keyPrefix, until}], extends}; all of it optional.",
            HelpName = "FILE",
            Required = true,
        };
        var applyNow = new Option<bool>("--apply-now")
        {
            Description = "Return only when every live session that it means is bound to it. Otherwise that takes up to one lease.",
        };
        var expect = Values.Converted("--expect", "VERSION", "Set it only over this version; 0 for none yet.", ParseVersion);
        var reason = CommonOptions.Reason();
        return runner.Command("set", "Add a version to the policy of a namespace.", [name, file, applyNow, expect, reason], async (context, cancellationToken) =>
        {
            var parsed = context.Parsed;
            var definition = PolicyFile.Read(parsed.GetRequiredValue(file));
            var options = new SetPolicyOptions
            {
                ApplyNow = parsed.GetValue(applyNow),
                ExpectedVersion = parsed.GetValue(expect),
                Reason = parsed.GetValue(reason),
            };
            var (policy, reach) = await context.Client.SetPolicyAsync(parsed.GetValue(name), definition, options, cancellationToken);
            Show(context, policy.Namespace, policy, reach);
        });
    }

    private static Command Explain(CommandRunner runner)
    {
        var name = Namespace();
        var permission = LimitOptions.Permissions("--permission", "What the execution needs; execute if nothing is stated");
        var data = Values.Converted<DataOperations>("--data", "read|write", "Explain an access to the data of sessions there instead.", PolicyFile.ParseOperation);
        var caller = Values.Parsable<SessionId>("--caller", "SESSION", "With --data: the session that reaches out; it need not exist.");
        var callerNamespace = Values.Parsable<SessionNamespace>("--caller-namespace", "N", "With --data: where that session lives.");
        var key = Values.Parsable<DataKey>("--key", "KEY", "With --data: what it reaches for.");
        return runner.Command(
            "explain",
            "Say what each policy that counts in a namespace says to an execution and to one more live session, or to an access to data.",
            [name, permission, data, caller, callerNamespace, key],
            async (context, cancellationToken) =>
            {
                var parsed = context.Parsed;
                var path = parsed.GetValue(name);
                var (operation, needed) = (parsed.GetValue(data), parsed.GetValue(permission));
                var about = (Session: parsed.GetValue(caller), Namespace: parsed.GetValue(callerNamespace), Key: parsed.GetValue(key));
                if (operation is null && about is not (null, null, null))
                {
                    throw new CliUsageException("--caller, --caller-namespace and --key go with --data");
                }

                if (operation is not null && (needed is not null || about.Session is null || about.Namespace is null || about.Key is null))
                {
                    throw new CliUsageException("--data needs --caller, --caller-namespace and --key, and goes without --permission");
                }

                var explanation = operation is { } access
                    ? await context.Client.ExplainDataAsync(
                        path, about.Session!.Value, about.Namespace!.Value, access, about.Key!.Value.ToString(), cancellationToken: cancellationToken)
                    : await context.Client.ExplainAsync(path, needed ?? SessionPermissions.ExecuteFunctions, cancellationToken);
                context.Output.Write(
                    () => new PolicyExplanationJson(path, explanation.IsPermitted, explanation.Steps), () => PolicyViews.Explanation(explanation));
                return explanation.IsPermitted ? ExitCodes.Done : ExitCodes.Refused;
            });
    }

    private static Argument<SessionNamespace> Namespace() => Values.Argument<SessionNamespace>("NAMESPACE", "Whose policy, such as acme/prod.");

    private static void Show(
        CommandContext context, SessionNamespace path, NamespacePolicy? policy, PolicyReach? reach, long? waiting = null) => context.Output.Write(
            () => PolicyJson.Of(path, policy, reach, waiting), () => PolicyViews.Policy(path, policy, reach, waiting, context.Output.Now));

    private static Parsed<long> ParseVersion(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : Parsed<long>.Wrong($"is {Plain.Quote(text)}, not a version");
}

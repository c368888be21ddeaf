using System.Collections.Immutable;

namespace Sessions;

/// <summary>
/// What a well-formed configuration is. Clients ask before they send, because a lone surrogate does not survive the wire;
/// the grain asks again, because it trusts nobody.
/// </summary>
public static class ConfigurationRules
{
    /// <summary>The shortest duration of anything, 1 s.</summary>
    public static readonly TimeSpan MinDuration = TimeSpan.FromSeconds(1);

    /// <summary>The longest life of a session under any ceiling, 365 days.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromDays(365);

    private const int MaxPatterns = 64;
    private const int MaxPatternLength = 128;
    private const int MaxLabels = 32;
    private const int MaxLabelKeyLength = 63;
    private const int MaxLabelValueLength = 256;
    private const int MaxDescriptionLength = 1024;
    private const int MaxReasonLength = 512;
    private const int MaxProvisionerLength = 63;
    private const int MaxSessionDataRules = 64;
    private const int MaxPolicyDataRules = 256;
    private const int MaxRuleNameLength = 63;
    private const int MaxExtends = 8;
    private const long MaxCount = 1_000_000_000_000;
    private const long MaxRate = 1_000_000;
    private const long MaxBytes = 1L << 40;
    private const int MaxQueueLength = 10_000;
    private static readonly TimeSpan MinQueueWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxQueueWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxComputeTime = TimeSpan.FromDays(36_500);

    private static readonly System.Buffers.SearchValues<char> PatternCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/-*");

    private static readonly System.Buffers.SearchValues<char> LabelKeyCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-");

    /// <summary>All that is wrong with <paramref name="configuration"/>; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(SessionConfiguration configuration, string prefix = "")
    {
        var faults = new Faults(prefix);
        CheckDuration(faults, "maxDuration", configuration.MaxDuration);
        CheckPermissions(faults, "permissions", configuration.Permissions);
        CheckPatterns(faults, configuration.FunctionPatterns);
        CheckQuotas(faults, "quotas.", configuration.Quotas);
        CheckSettings(faults, configuration.Settings);
        CheckLabels(faults, configuration.Labels);
        CheckDataRules(faults, "dataRules", configuration.DataRules, MaxSessionDataRules);
        return faults.ToImmutable();
    }

    /// <summary>All that is wrong with a template's definition; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(TemplateDefinition definition)
    {
        var faults = new Faults("");
        if (definition.Description is not null)
        {
            faults.Add("description", TextRules.FindFault(definition.Description, 0, MaxDescriptionLength));
        }

        if (definition.Provisioner is not null)
        {
            faults.Add("provisioner", TextRules.FindFault(definition.Provisioner, 1, MaxProvisionerLength));
        }

        CheckCeiling(faults, definition.Ceiling);
        ImmutableArray<ConfigurationFault> configuration = definition.Configuration is null
            ? [new("configuration", "is missing")]
            : FindFaults(definition.Configuration, "configuration.");
        return [.. configuration, .. faults.ToImmutable()];
    }

    /// <summary>All that is wrong with a specification's own form; its overrides are judged with what they override.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(SessionSpecification specification)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (specification.Namespace.IsDefault || !SessionNamespace.TryParse(specification.Namespace.ToString(), out _))
        {
            faults.Add(new("namespace", "is missing or not a namespace"));
        }

        if (!specification.Creator.IsValid)
        {
            faults.Add(new("creator", "is missing or not a principal"));
        }

        if (specification.Template is { IsValid: false })
        {
            faults.Add(new("template", "is not a template's name"));
        }

        if (specification.Overrides is null)
        {
            faults.Add(new("overrides", "is missing"));
        }

        return faults.ToImmutable();
    }

    /// <summary>All that is wrong with the form of an adjustment; ceilings are not asked.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(AdjustSession adjust)
    {
        var faults = new Faults("");
        if (adjust is { Permissions: null, FunctionPatterns: null, Quotas: null, DataRules: null })
        {
            faults.Add("permissions", "are missing, and so are functionPatterns, quotas and dataRules; one of them is needed");
        }

        CheckPermissions(faults, "permissions", adjust.Permissions ?? SessionPermissions.None);
        CheckPatterns(faults, adjust.FunctionPatterns ?? []);
        CheckQuotas(faults, "quotas.", adjust.Quotas ?? SessionQuotas.Unlimited);
        CheckDataRules(faults, "dataRules", adjust.DataRules ?? [], MaxSessionDataRules);
        return faults.ToImmutable();
    }

    /// <summary>All that is wrong with the form of a policy; whether what it extends leads back to it is asked where policies are kept.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(SessionNamespace @namespace, PolicyDefinition definition)
    {
        var faults = new Faults("");
        if (definition.Description is not null)
        {
            faults.Add("description", TextRules.FindFault(definition.Description, 0, MaxDescriptionLength));
        }

        CheckCeiling(faults, definition.Ceiling);
        CheckCount(faults, "maxLiveSessions", definition.MaxLiveSessions, MaxRate);
        CheckDataRules(faults, "dataRules", definition.DataRules ?? [], MaxPolicyDataRules);
        CheckExtends(faults, @namespace, definition.Extends);
        CheckQueue(faults, definition);
        return faults.ToImmutable();
    }

    /// <summary>What is wrong with how long somebody wants to wait for a place, as the end of a sentence that names it; null if nothing is.</summary>
    internal static string? FindWaitFault(TimeSpan wait) => wait < MinQueueWait || wait > MaxQueueWait
        ? $"is {wait}, not between {MinQueueWait} and {MaxQueueWait}"
        : null;

    /// <summary>What is wrong with the reason of a command; null if nothing is.</summary>
    public static ConfigurationFault? FindReasonFault(string? reason) =>
        reason is not null && TextRules.FindFault(reason, 0, MaxReasonLength) is { } problem ? new("reason", problem) : null;

    /// <summary>What is wrong with <paramref name="permissions"/>, as the end of a sentence that names them; null if nothing is.</summary>
    internal static string? FindPermissionsFault(SessionPermissions permissions) => (permissions & ~SessionPermissions.All) is var unknown and not 0
        ? $"has unknown bits 0x{(int)unknown:x}"
        : null;

    private static void CheckQueue(Faults faults, PolicyDefinition definition)
    {
        if (definition.Queue is not { } queue)
        {
            return;
        }

        if (definition.MaxLiveSessions is null)
        {
            faults.Add("queue", "has nothing to wait for without maxLiveSessions");
        }

        if (queue.Maximum is < 1 or > MaxQueueLength)
        {
            faults.Add("queue.maximum", $"is {queue.Maximum}, not between 1 and {MaxQueueLength}");
        }

        faults.Add("queue.wait", FindWaitFault(queue.Wait));
    }

    private static void CheckDuration(Faults faults, string field, TimeSpan duration)
    {
        if (duration < MinDuration || duration > MaxDuration)
        {
            faults.Add(field, $"is {duration}, not between {MinDuration} and {MaxDuration.TotalDays} days");
        }
    }

    private static void CheckPermissions(Faults faults, string field, SessionPermissions permissions) =>
        faults.Add(field, FindPermissionsFault(permissions));

    private static void CheckPatterns(Faults faults, ImmutableArray<string> patterns)
    {
        if (patterns.Length > MaxPatterns)
        {
            faults.Add("functionPatterns", $"has {patterns.Length} patterns, more than {MaxPatterns}");
            return;
        }

        for (var i = 0; i < patterns.Length; i++)
        {
            var field = $"functionPatterns[{i}]";
            if (TextRules.FindFault(patterns[i], 1, MaxPatternLength) is { } fault)
            {
                faults.Add(field, fault);
            }
            else if (patterns[i].AsSpan().ContainsAnyExcept(PatternCharacters))
            {
                faults.Add(field, "has a character other than letters, digits and _ . : / - *");
            }
        }
    }

    private static void CheckQuotas(Faults faults, string prefix, SessionQuotas quotas)
    {
        CheckCount(faults, prefix + "executions", quotas.Executions, MaxCount);
        CheckCount(faults, prefix + "concurrent", quotas.Concurrent, MaxRate);
        CheckCount(faults, prefix + "perSecond", quotas.PerSecond, MaxRate);
        CheckCount(faults, prefix + "dataBytes", quotas.DataBytes, MaxBytes);
        CheckCount(faults, prefix + "children", quotas.Children, MaxRate);
        if (quotas.ComputeTime is { } time && (time < TimeSpan.Zero || time > MaxComputeTime))
        {
            faults.Add(prefix + "computeTime", $"is {time}, not between 0 and {MaxComputeTime.TotalDays} days");
        }
    }

    private static void CheckCount(Faults faults, string field, long? count, long max)
    {
        if (count is < 0 || count > max)
        {
            faults.Add(field, $"is {count}, not between 0 and {max}");
        }
    }

    private static void CheckSettings(Faults faults, SessionSettings settings)
    {
        if (settings.PauseClock is not (PauseClock.Runs or PauseClock.Stops))
        {
            faults.Add("settings.pauseClock", $"is {settings.PauseClock}, neither {PauseClock.Runs} nor {PauseClock.Stops}");
        }

        if (settings.IdleTimeout is { } idle)
        {
            CheckDuration(faults, "settings.idleTimeout", idle);
        }

        if (settings.ExpiryNotice is { } notice && (notice < TimeSpan.Zero || notice > MaxDuration))
        {
            faults.Add("settings.expiryNotice", $"is {notice}, not between 0 and {MaxDuration.TotalDays} days");
        }
    }

    private static void CheckLabels(Faults faults, ImmutableSortedDictionary<string, string> labels)
    {
        if (labels.Count > MaxLabels)
        {
            faults.Add("labels", $"has {labels.Count} labels, more than {MaxLabels}");
            return;
        }

        foreach (var (key, value) in labels)
        {
            if (TextRules.FindFault(key, 1, MaxLabelKeyLength) is { } keyFault)
            {
                faults.Add("labels", $"has a key that {keyFault}");
            }
            else if (key.AsSpan().ContainsAnyExcept(LabelKeyCharacters))
            {
                faults.Add("labels", $"has the key '{key}' with a character other than letters, digits and _ . / -");
            }
            else
            {
                faults.Add($"labels.{key}", TextRules.FindFault(value, 1, MaxLabelValueLength));
            }
        }
    }

    private static void CheckDataRules(Faults faults, string field, ImmutableArray<DataRule> rules, int most)
    {
        if (rules.Length > most)
        {
            faults.Add(field, $"has {rules.Length} rules, more than {most}");
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i] is not { } rule)
            {
                faults.Add($"{field}[{i}]", "is missing");
                continue;
            }

            CheckDataRule(faults, $"{field}[{i}].", rule);
            if (!names.Add(rule.Name ?? ""))
            {
                faults.Add($"{field}[{i}].name", $"is '{rule.Name}', as that of a rule before it");
            }
        }

        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i] is { Effect: RuleEffect.Allow } allow && rules.FirstOrDefault(rule => DataAccessRules.IsDead(allow, rule)) is { } deny)
            {
                faults.Add($"{field}[{i}]", $"allows ('{allow.Name}') what '{deny.Name}' denies in any case; one of the two cannot be meant");
            }
        }
    }

    private static void CheckDataRule(Faults faults, string field, DataRule rule)
    {
        faults.Add(field + "name", TextRules.FindFault(rule.Name, 1, MaxRuleNameLength));
        if (rule.Effect is not (RuleEffect.Allow or RuleEffect.Deny))
        {
            faults.Add(field + "effect", $"is {rule.Effect}, neither {RuleEffect.Allow} nor {RuleEffect.Deny}");
        }

        if (!rule.Who.IsValid)
        {
            faults.Add(field + "who", "is missing or neither a session nor a pattern of namespaces");
        }

        if (rule.Operations == DataOperations.None || (rule.Operations & ~DataOperations.All) != 0)
        {
            faults.Add(field + "operations", $"is {rule.Operations}; name {DataOperations.Read}, {DataOperations.Write} or both");
        }

        faults.Add(field + "keyPrefix", DataKey.FindPrefixFault(rule.KeyPrefix));
    }

    private static void CheckExtends(Faults faults, SessionNamespace @namespace, ImmutableArray<SessionNamespace> extends)
    {
        if (extends.Length > MaxExtends)
        {
            faults.Add("extends", $"has {extends.Length} namespaces, more than {MaxExtends}");
            return;
        }

        for (var i = 0; i < extends.Length; i++)
        {
            var other = extends[i];
            faults.Add(
                $"extends[{i}]",
                !SessionNamespace.TryParse(other.ToString(), out _) ? "is not a namespace"
                : other.Tenant != @namespace.Tenant ? $"is {other}, of another tenant"
                : other.Contains(@namespace) ? $"is {other}, whose policy holds here anyway"
                : @namespace.Contains(other) ? $"is {other}, which inherits from here; that would be a cycle"
                : null);
        }
    }

    private static void CheckCeiling(Faults faults, SessionCeiling? ceiling)
    {
        if (ceiling is null)
        {
            faults.Add("ceiling", "is missing");
            return;
        }

        if (ceiling.MaxDuration is { } duration)
        {
            CheckDuration(faults, "ceiling.maxDuration", duration);
        }

        CheckPermissions(faults, "ceiling.permissions", ceiling.Permissions ?? SessionPermissions.All);
        CheckQuotas(faults, "ceiling.quotas.", ceiling.Quotas);
    }

    private sealed class Faults(string prefix)
    {
        private readonly ImmutableArray<ConfigurationFault>.Builder builder = ImmutableArray.CreateBuilder<ConfigurationFault>();

        public void Add(string field, string? problem)
        {
            if (problem is not null)
            {
                builder.Add(new ConfigurationFault(prefix + field, problem));
            }
        }

        public ImmutableArray<ConfigurationFault> ToImmutable() => builder.ToImmutable();
    }
}

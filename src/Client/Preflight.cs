using System.Collections.Immutable;

namespace Sessions.Client;

/// <summary>
/// Refuses before sending what the silo would refuse anyway. Not only to save the trip: a lone surrogate arrives as another
/// character, so that the silo would take what nobody wrote.
/// </summary>
internal static class Preflight
{
    public static void Check(ListSessions request) => Throw(null, null, SearchRules.FindFaults(request));

    public static void Check(CountSessions request) => Throw(null, null, SearchRules.FindFaults(request));

    public static void Check(SessionId id, SessionCommand command)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        faults.Require(!id.IsDefault, "id", "is missing");
        faults.Require(!command.CommandId.IsDefault, "commandId", "is missing");
        faults.Require(command.Actor.IsValid, "actor", "is missing or not a principal");
        if (ConfigurationRules.FindReasonFault(command.Reason) is { } reason)
        {
            faults.Add(reason);
        }

        switch (command)
        {
            case RequestSession request:
                CheckSpecification(faults, request.Specification);
                break;
            case CreateSession { Specification: { } specification }:
                CheckSpecification(faults, specification);
                break;
            case AdjustSession adjust:
                CheckAdjustment(faults, adjust);
                break;
            case OpenChildSession open:
                faults.Require(!open.Child.IsDefault && open.Child != id, "child", "is missing, or the session itself");
                CheckOverrides(faults, open.Specification.Overrides);
                break;
            case RenewSession renew:
                faults.Require(renew.By is null != renew.Until is null, "by", "and until exclude each other, and one of them is needed");
                break;
        }

        Throw(id.IsDefault ? null : id, command.Verb, faults.ToImmutable());
    }

    /// <summary>Checks how long somebody wants to wait for a place.</summary>
    public static void Check(SessionId id, TimeSpan waitForPlace)
    {
        if (ConfigurationRules.FindWaitFault(waitForPlace) is { } problem)
        {
            Throw(id.IsDefault ? null : id, SessionVerb.Activate, [new("waitForPlace", problem)]);
        }
    }

    public static void Check(TemplateReference name, TemplateDefinition definition, Principal actor)
    {
        var faults = ConfigurationRules.FindFaults(definition).ToBuilder();
        faults.Require(name.IsValid && name.Version is null, "name", "is not a template's name without a version");
        faults.Require(actor.IsValid, "actor", "is missing or not a principal");
        Throw(null, null, faults.ToImmutable());
    }

    public static void Check(SessionNamespace @namespace)
    {
        if (@namespace.IsDefault)
        {
            Throw(null, null, [new("namespace", "is missing")]);
        }
    }

    public static void Check(SessionId caller, SessionNamespace callerNamespace, DataAccessRequest request) =>
        Throw(null, null, DataAccessRules.FindFaults(caller, callerNamespace, request));

    public static void Check(SessionNamespace @namespace, SetPolicy request)
    {
        Check(@namespace);
        var faults = ConfigurationRules.FindFaults(@namespace, request.Definition).ToBuilder();
        faults.Require(request.Actor.IsValid, "actor", "is missing or not a principal");
        if (ConfigurationRules.FindReasonFault(request.Reason) is { } reason)
        {
            faults.Add(reason);
        }

        Throw(null, null, faults.ToImmutable());
    }

    public static void Check(TemplateReference template)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        faults.Require(template.IsValid, "template", "is not a template's name");
        Throw(null, null, faults.ToImmutable());
    }

    public static void Check(SessionId id, in AdmissionRequest admission, TimeSpan? runFor = null)
    {
        var faults = AdmissionRules.FindFaults(admission).ToBuilder();
        faults.Require(!id.IsDefault, "id", "is missing");
        faults.Require(
            runFor is null || (runFor >= TimeSpan.FromMilliseconds(100) && runFor <= TimeSpan.FromHours(1)),
            "runFor",
            $"is {runFor}, and not between 100 ms and 1 h");
        Throw(id.IsDefault ? null : id, null, faults.ToImmutable());
    }

    public static void Check(SessionNamespace @namespace, WatchOptions watch)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        faults.Require(!@namespace.IsDefault, "namespace", "is missing");
        CheckReading(faults, watch.PageSize, watch.RetryBudget);
        Throw(null, null, faults.ToImmutable());
    }

    public static void Check(SessionId id, long afterSequence, WatchSessionOptions watch)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        faults.Require(!id.IsDefault, "id", "is missing");
        faults.Require(afterSequence >= 0, "afterSequence", $"is {afterSequence}, below 0");
        CheckReading(faults, watch.PageSize, watch.RetryBudget);
        Throw(id.IsDefault ? null : id, null, faults.ToImmutable());
    }

    public static void Check(SubscriptionName name, SessionNamespace @namespace, SubscribeOptions subscribe)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        faults.Require(name.IsValid, "name", "is missing or no subscription's name");
        faults.Require(!@namespace.IsDefault, "namespace", "is missing");
        faults.Require(subscribe.Owner is null || subscribe.Owner.Value.IsValid, "owner", "is not a principal");
        CheckReading(faults, subscribe.PageSize, subscribe.RetryBudget);
        Throw(null, null, faults.ToImmutable());
    }

    public static void Check(OperationId id, StartOperation request) => Throw(null, request.Verb, OperationForm.FindFaults(id, request));

    public static void Check(CancelOperation request) => Throw(null, null, OperationForm.FindFaults(request));

    public static void Check(ListOperations request) => Throw(null, null, OperationForm.FindFaults(request));

    private static void CheckReading(ImmutableArray<ConfigurationFault>.Builder faults, int pageSize, TimeSpan? retryBudget)
    {
        faults.Require(pageSize is >= 1 and <= 1000, "pageSize", $"is {pageSize}, not between 1 and 1000");
        faults.Require(retryBudget is null || retryBudget >= TimeSpan.Zero, "retryBudget", $"is {retryBudget}, below 0");
    }

    private static void CheckSpecification(
        ImmutableArray<ConfigurationFault>.Builder faults, SessionSpecification specification)
    {
        faults.AddRange(ConfigurationRules.FindFaults(specification));
        CheckOverrides(faults, specification.Overrides);
    }

    private static void CheckOverrides(ImmutableArray<ConfigurationFault>.Builder faults, SessionOverrides? overrides)
    {
        if (overrides is not null)
        {
            // The defaults have no fault, so every fault that is found here was stated.
            faults.AddRange(ConfigurationRules.FindFaults(overrides.ApplyTo(SessionConfiguration.Default)));
        }
    }

    private static void CheckAdjustment(ImmutableArray<ConfigurationFault>.Builder faults, AdjustSession adjust)
    {
        faults.Require(
            adjust is not { Permissions: null, FunctionPatterns: null, Quotas: null, DataRules: null },
            "permissions",
            "and functionPatterns, quotas and dataRules are missing; at least one of them is to change");
        var overrides = new SessionOverrides
        {
            Permissions = adjust.Permissions,
            FunctionPatterns = adjust.FunctionPatterns,
            Quotas = adjust.Quotas,
            DataRules = adjust.DataRules,
        };
        faults.AddRange(ConfigurationRules.FindFaults(overrides.ApplyTo(SessionConfiguration.Default)));
    }

    private static void Throw(SessionId? id, SessionVerb? verb, ImmutableArray<ConfigurationFault> faults)
    {
        if (!faults.IsEmpty)
        {
            throw SessionException.From(SessionError.InvalidConfiguration(id, faults, verb));
        }
    }
}

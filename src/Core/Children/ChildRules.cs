using System.Collections.Immutable;

namespace Sessions.Core.Children;

/// <summary>
/// The rules of children. What a child may use is moved to it out of its parent's quotas and comes back at its end, less what it used:
/// the sum of what all of them may use never exceeds what the first was given. A parent knows only what its children's records say.
/// </summary>
internal static class ChildRules
{
    /// <summary>How many sessions may be above one.</summary>
    public const int MaxDepth = 8;

    /// <summary>How many children may be open at one moment, whatever the quota.</summary>
    public const int MaxChildren = 256;

    /// <summary>What is wrong with the form of <paramref name="open"/>, in any state.</summary>
    public static IEnumerable<ConfigurationFault> FindFaults(SessionId parent, OpenChildSession open)
    {
        if (open.Child.IsDefault || open.Child == parent)
        {
            yield return new("child", open.Child.IsDefault ? "is missing" : "is the session itself");
        }

        if (open.Specification is not { } stated)
        {
            yield return new("specification", "is missing");
            yield break;
        }

        foreach (var fault in ConfigurationRules.FindFaults(stated))
        {
            // What is missing is the parent's.
            var isMissing = (fault.Field == "namespace" && stated.Namespace.IsDefault) || (fault.Field == "creator" && stated.Creator == default);
            if (!isMissing)
            {
                yield return fault;
            }
        }
    }

    /// <summary>Moves a share to a new child, with the plan by which it is created.</summary>
    public static Decision Open(SessionRecord parent, OpenChildSession open, Change change, DecisionFacts facts)
    {
        var hash = ContentHash.Of(open.Specification);
        if (Share(parent, open.Child) is { } present)
        {
            return present.SpecificationHash == hash
                ? Decision.Replay(parent.Version)
                : Decision.Refuse(Refusals.ChildIdReused(parent.Id, open.Child));
        }

        if (SessionClock.WhyOver(parent, facts.Now) is { } over)
        {
            return Decision.Refuse(Refusals.Expired(parent, SessionVerb.OpenChild, over));
        }

        var depth = (parent.Parent?.Depth ?? 0) + 1;
        if (depth > MaxDepth)
        {
            return Decision.Refuse(Refusals.TooDeep(parent, depth));
        }

        if (open.Specification.Template is null)
        {
            // The child's, not the parent's.
            facts = facts with { Template = null, ProvisionerKnown = true };
        }

        var bounds = new SessionCeiling
        {
            MaxDuration = SessionClock.ExpiresAt(parent) - facts.Now,
            Permissions = parent.Configuration.Permissions & EffectiveTerms.PolicyPermissions(parent),
        };
        var (configuration, faults) = Configure(parent, open.Specification, bounds, facts);
        if (!faults.IsEmpty)
        {
            return Decision.Refuse(SessionError.InvalidConfiguration(parent.Id, faults, SessionVerb.OpenChild));
        }

        var share = ShareOf(configuration.Quotas, EffectiveTerms.Limits(parent));
        if (FindExcess(parent, share, facts.Outstanding) is { } refusal)
        {
            return Decision.Refuse(refusal);
        }

        var link = new ParentLink
        {
            Id = parent.Id,
            Depth = depth,
            Ceiling = bounds with { Quotas = share },
            FunctionPatterns = parent.Configuration.FunctionPatterns,
            Opening = parent.Version + 1,
        };
        var opened = new ChildShare
        {
            Id = open.Child,
            Quotas = share,
            OpenedAt = facts.Now,
            Opening = link.Opening,
            SpecificationHash = hash,
            Plan = new ChildPlan
            {
                Cause = new SessionCause(open.Actor, open.Reason, open.CommandId),
                Specification = Decided(parent, open.Specification, configuration, facts),
                Parent = link,
            },
        };
        return change.To(parent with { Children = parent.Children.Add(opened) }, parent.Status)
            .With(SessionEventType.ChildOpened, peer: open.Child).Commit();
    }

    /// <summary>Creates a child by its parent's plan. Doing so again finds it created.</summary>
    public static Decision Create(SessionId id, SessionRecord? child, ChildPlan plan, DecisionFacts facts)
    {
        if (child is not null)
        {
            return IsOf(child, plan.Parent.Id, plan.Parent.Opening)
                ? Decision.Replay(child.Version)
                : Decision.Refuse(Refusals.ChildIdReused(plan.Parent.Id, id));
        }

        var bounded = facts with { NamespaceCeiling = facts.NamespaceCeiling.Intersect(plan.Parent.Ceiling) };
        var (configuration, faults) = SessionFactory.Build(plan.Specification.Overrides, bounded);
        if (!faults.IsEmpty)
        {
            return Decision.Refuse(SessionError.InvalidConfiguration(id, faults, SessionVerb.Create));
        }

        var record = SessionRules.New(id, plan.Specification, configuration, bounded) with { Parent = plan.Parent };
        return SessionRules.Create(record, Change.Because(null, SessionTrigger.Create, plan.Cause, facts.Now), facts);
    }

    /// <summary>Says in the parent that a child is created, and needs its plan no more.</summary>
    public static Decision Confirm(SessionRecord parent, ChildShare share, DateTimeOffset now) =>
        Share(parent, share) is { Plan: not null } present
            ? Unlogged(parent with { Children = parent.Children.Replace(present, present with { Plan = null }) }, now)
            : Decision.None;

    /// <summary>Takes back what was moved to a child that cannot be created. The command that opened it is as if it had been refused.</summary>
    public static Decision TakeBack(SessionRecord parent, ChildShare share, DecisionFacts facts)
    {
        if (Share(parent, share) is not { Plan: { } plan } present)
        {
            return Decision.None;
        }

        var without = parent with
        {
            Children = parent.Children.Remove(present),
            Answers = [.. parent.Answers.Where(answer => answer.CommandId != plan.Cause.CommandId)],
        };
        return Shrink(parent, without, share.Id, facts) with { TakesBack = present.Opening };
    }

    /// <summary>Takes back what a child left, and over what it used.</summary>
    /// <param name="parent">The session.</param>
    /// <param name="child">The child's own record: nothing else says how it ended.</param>
    /// <param name="facts">The facts.</param>
    public static Decision End(SessionRecord parent, SessionRecord child, DecisionFacts facts)
    {
        if (Lifecycle.IsFinal(parent.Status) || Share(parent, child.Id) is not { } share || !IsOf(child, parent.Id, share.Opening) || !Lifecycle.IsFinal(child.Status))
        {
            return Decision.None;
        }

        var without = parent with { Children = parent.Children.Remove(share), Spent = FamilyUsage.Spend(parent.Spent, child) };
        return Shrink(parent, without, child.Id, facts);
    }

    /// <summary>Says in a child that its parent has taken notice of its end.</summary>
    public static Decision Settle(SessionRecord child, DateTimeOffset now) =>
        child.Parent is { Settled: false } parent && Lifecycle.IsFinal(child.Status)
            ? Unlogged(child with { Parent = parent with { Settled = true } }, now)
            : Decision.None;

    /// <summary>Closes a child whose parent ends; nothing where it is ending already.</summary>
    public static Decision EndWithParent(SessionRecord child, DecisionFacts facts) =>
        Lifecycle.LegalIn(child.Status).Contains(SessionVerb.Close)
            ? SessionRules.Close(
                child,
                Change.ByItself(child, SessionTrigger.Close, facts.Now),
                EndReason.ParentEnded,
                SessionEventType.SessionClosing,
                facts)
            : Decision.None;

    /// <summary>Whether the parent has to do something about its children: create one, or close them all.</summary>
    public static bool HasWork(SessionRecord parent) => parent.Status == SessionStatus.Closing
        ? !parent.Children.IsEmpty
        : parent.Children.Any(child => child.Plan is not null);

    /// <summary>Whether a child has yet to be heard of by its parent.</summary>
    public static bool IsUnsettled(SessionRecord child) => child.Parent is { Settled: false } && Lifecycle.IsFinal(child.Status);

    /// <summary>Whether a session is the very child that was opened at <paramref name="opening"/>.</summary>
    public static bool IsOf(SessionRecord child, SessionId parent, long opening) =>
        child.Parent is { } link && link.Id == parent && link.Opening == opening;

    /// <summary>Whether a command opens a child that is open already: by the child's id that is known, however old the command is.</summary>
    public static bool IsOpenedBy(SessionRecord parent, SessionCommand command) =>
        command is OpenChildSession open && Share(parent, open.Child) is not null;

    /// <summary>An open child's share.</summary>
    public static ChildShare? Share(SessionRecord parent, SessionId child) => parent.Children.FirstOrDefault(share => share.Id == child);

    /// <summary>A share as it stands now; null if it is gone, also where another has its id.</summary>
    public static ChildShare? Share(SessionRecord parent, ChildShare share) =>
        Share(parent, share.Id) is { } present && present.Opening == share.Opening ? present : null;

    /// <summary>The whole excess of the bytes that the parent has already, which only the store knows exactly, and only after the share was moved.</summary>
    public static SessionError? FindExcessOfData(SessionRecord parent, ChildShare share, long dataBytes) =>
        share.Quotas.DataBytes is { } moved && EffectiveTerms.Quotas(parent).DataBytes is { } left && dataBytes > left
            ? Refusals.TooMuchMoved(parent, "dataBytes", EffectiveTerms.Limits(parent).DataBytes!.Value, Math.Max(0, left + moved - dataBytes), moved)
            : null;

    private static Decision Shrink(SessionRecord before, SessionRecord without, SessionId child, DecisionFacts facts)
    {
        var change = Change.ByItself(before, SessionTrigger.ChildEnded, facts.Now);
        if (before.Status != SessionStatus.Closing || !without.Children.IsEmpty)
        {
            return change.To(without, before.Status).With(SessionEventType.ChildEnded, peer: child).Commit();
        }

        // The last one is gone. What the session's own provisioner tears down has the whole time for it from here on.
        return before.Provisioner is null
            ? change.To(without with { Deadline = null }, SessionStatus.Closed)
                .With(SessionEventType.ChildEnded, SessionStatus.Closing, child).With(SessionEventType.SessionClosed).Commit()
            : change.To(without with { Deadline = facts.Now + facts.Timings.ClosingDeadline }, SessionStatus.Closing)
                .With(SessionEventType.ChildEnded, peer: child).Commit();
    }

    /// <summary>The child's configuration within the parent's: what is not stated is lowered, what is stated beyond is refused.</summary>
    private static (SessionConfiguration Configuration, ImmutableArray<ConfigurationFault> Faults) Configure(
        SessionRecord parent, SessionSpecification specification, SessionCeiling bounds, DecisionFacts facts)
    {
        var (stated, patterns) = (specification.Overrides, parent.Configuration.FunctionPatterns);
        var (configuration, faults) = SessionFactory.Build(
            stated, facts with { NamespaceCeiling = facts.NamespaceCeiling.Intersect(bounds) });
        var all = faults.ToBuilder();
        if (!specification.Namespace.IsDefault && !parent.Namespace.Contains(specification.Namespace))
        {
            all.Add(new("namespace", $"is neither {parent.Namespace} nor below it"));
        }

        all.AddRange(SessionFactory.ExceedingPatterns(stated.FunctionPatterns, patterns));
        if (stated.FunctionPatterns is null && !patterns.IsEmpty)
        {
            ImmutableArray<string> kept = [.. configuration.FunctionPatterns.Where(pattern => FunctionPatterns.Cover(patterns, pattern))];
            if (kept.IsEmpty && !configuration.FunctionPatterns.IsEmpty)
            {
                // No patterns would be all functions.
                all.Add(new("functionPatterns", "of the template match nothing that the parent's do"));
            }

            configuration = configuration with { FunctionPatterns = configuration.FunctionPatterns.IsEmpty ? patterns : kept };
        }

        all.AddRange(Unstated((stated.Quotas ?? SessionQuotas.Unlimited).Or(TemplateQuotas(facts)), EffectiveTerms.Limits(parent)));
        return (configuration, all.ToImmutable());
    }

    private static SessionQuotas TemplateQuotas(DecisionFacts facts) =>
        facts.Template?.Definition.Configuration.Quotas ?? SessionQuotas.Unlimited;

    private static IEnumerable<ConfigurationFault> Unstated(SessionQuotas stated, SessionQuotas limits) =>
        from pair in Dimensions(limits).Zip(Dimensions(stated))
        where pair.First.Value is not null && pair.Second.Value is null
        select new ConfigurationFault(
            $"quotas.{pair.First.Name}", "is not stated; the parent's is limited, and the child has to say how much is moved to it");

    /// <summary>What is moved: what the child has of every quota that the parent limits.</summary>
    private static SessionQuotas ShareOf(SessionQuotas child, SessionQuotas limits) => new()
    {
        Executions = limits.Executions is null ? null : child.Executions,
        Concurrent = limits.Concurrent is null ? null : child.Concurrent,
        PerSecond = limits.PerSecond is null ? null : child.PerSecond,
        ComputeTime = limits.ComputeTime is null ? null : child.ComputeTime,
        DataBytes = limits.DataBytes is null ? null : child.DataBytes,
        Children = limits.Children is null ? null : child.Children,
    };

    private static SessionError? FindExcess(SessionRecord parent, SessionQuotas share, Outstanding outstanding)
    {
        if (parent.Children.Length >= MaxChildren)
        {
            return Refusals.TooMuchMoved(parent, "children", MaxChildren, 0, 1);
        }

        var usage = parent.Usage;
        var taken = new SessionQuotas
        {
            Executions = usage.ChargedExecutions,
            Concurrent = outstanding.Concurrent,
            PerSecond = 0,
            ComputeTime = usage.ChargedComputeTime + outstanding.ComputeTime,
            DataBytes = usage.DataBytes,
            Children = parent.Children.Length,
        };
        var (limits, rest) = (Dimensions(EffectiveTerms.Limits(parent)), Dimensions(EffectiveTerms.Quotas(parent).Less(taken)));
        var moved = Dimensions(share with { Children = share.Children + 1 });
        foreach (var (limit, left, asked) in limits.Zip(rest, moved))
        {
            if (asked.Value > left.Value)
            {
                var unit = limit.Name == "computeTime" ? TimeSpan.TicksPerMillisecond : 1;
                return Refusals.TooMuchMoved(parent, limit.Name, limit.Value!.Value / unit, left.Value.Value / unit, asked.Value.Value / unit);
            }
        }

        return null;
    }

    /// <summary>The dimensions by name; compute time in ticks.</summary>
    private static (string Name, long? Value)[] Dimensions(SessionQuotas quotas) =>
    [
        ("executions", quotas.Executions),
        ("concurrent", quotas.Concurrent),
        ("perSecond", quotas.PerSecond),
        ("computeTime", quotas.ComputeTime is { } time ? time.Ticks : null),
        ("dataBytes", quotas.DataBytes),
        ("children", quotas.Children),
    ];

    /// <summary>Everything that was decided, so that it is made alike however late.</summary>
    private static SessionSpecification Decided(
        SessionRecord parent, SessionSpecification stated, SessionConfiguration configuration, DecisionFacts facts) => new()
        {
            Namespace = stated.Namespace.IsDefault ? parent.Namespace : stated.Namespace,
            Creator = stated.Creator == default ? parent.Creator : stated.Creator,
            Template = facts.Template is { } template ? stated.Template!.Value.At(template.Version) : null,
            Overrides = SessionOverrides.From(configuration),
        };

    /// <summary>A commit that no event reports.</summary>
    private static Decision Unlogged(SessionRecord next, DateTimeOffset now) =>
        Decision.Commit(next with { Version = next.Version + 1, ChangedAt = now }, []);
}

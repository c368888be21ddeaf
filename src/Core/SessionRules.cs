using System.Collections.Immutable;
using Sessions.Core.Children;
using Sessions.Core.Isolation;

namespace Sessions.Core;

/// <summary>
/// Every rule of a session's life. Takes values, returns values: the grain around it loads, commits and publishes.
/// </summary>
internal static class SessionRules
{
    /// <summary>How much of a provisioner's words is kept.</summary>
    private const int MaxFailureLength = 1024;

    /// <summary>
    /// Decides a caller's command upon <paramref name="record"/>, which is null where there is no session yet. Time has to have
    /// its due first: see <see cref="LetTimePass"/>. <see cref="Decision.FindAnswer"/> asks for <see cref="DecisionFacts.Found"/>.
    /// </summary>
    public static Decision Decide(SessionId id, SessionRecord? record, SessionCommand command, DecisionFacts facts)
    {
        // Before the hash, so that nothing oversized is hashed.
        if (FindFaults(id, command, facts) is { IsEmpty: false } faults)
        {
            return Decision.Refuse(SessionError.InvalidConfiguration(id, faults));
        }

        var hash = ContentHash.Of(command);
        if (record is not null)
        {
            var isKnown = TryFind(record, command.CommandId, facts.Found, out var known);
            if (!isKnown)
            {
                return Decision.FindAnswer;
            }

            if (known is { } recorded)
            {
                return recorded.ContentHash == hash
                    ? Decision.Replay(recorded.Version)
                    : Decision.Refuse(Refusals.CommandReused(id, command.Verb, recorded));
            }
        }

        if (record is not null && Specified(command) is { } specification)
        {
            if (record.SpecificationHash != ContentHash.Of(specification))
            {
                return Decision.Refuse(Refusals.SessionIdReused(record, command.Verb));
            }

            if (IsDoneAlready(record, command.Verb))
            {
                return Decision.Replay(record.Version);
            }
        }

        // After what is known by the session's id, or by the child's, and so needs no answer to be repeated.
        if (record is not null && AnswerRules.MayBeForgotten(record.History, command.CommandId) && !ChildRules.IsOpenedBy(record, command))
        {
            return Decision.Refuse(Refusals.CommandTooOld(record, command.Verb, command.CommandId));
        }

        if (command.ExpectedVersion is { } expected && expected != (record?.Version ?? 0))
        {
            return Decision.Refuse(Refusals.VersionConflict(id, command.Verb, expected, record?.Version ?? 0));
        }

        if (record is null)
        {
            return command switch
            {
                RequestSession request => Request(id, request, facts, hash),
                CreateSession { Specification: not null } create => Create(id, create, facts, hash),
                _ => Decision.Refuse(Refusals.NotFound(id, command.Verb)),
            };
        }

        if (!Lifecycle.LegalIn(record.Status).Contains(command.Verb))
        {
            return Decision.Refuse(Refusals.InvalidTransition(record, command.Verb));
        }

        record = PolicyRules.Restamp(record, facts.Policy);
        var change = Change.By(record, command, hash, facts);
        return command switch
        {
            CreateSession => CreateReserved(record, change, facts),
            CancelSession => change.To(record with { Deadline = null, EndReason = EndReason.Asked }, SessionStatus.Cancelled)
                .With(SessionEventType.SessionCancelled).Commit(),
            ActivateSession => Activate(record, change, facts),
            PauseSession => change.To(record with { PausedAt = facts.Now }, SessionStatus.Paused)
                .With(SessionEventType.SessionPaused).Commit(),
            ResumeSession => Resume(record, change, facts.Now),
            RenewSession renew => Renew(record, renew, change, facts),
            AdjustSession adjust => Adjust(record, adjust, change, facts),
            OpenChildSession open => ChildRules.Open(record, open, change, facts),
            CloseSession => Close(record, change, EndReason.Asked, SessionEventType.SessionClosing, facts),
            _ => throw new ArgumentException($"{command.GetType()} has no rule.", nameof(command)),
        };
    }

    /// <summary>Finds the answer to a command, null if there is none; false if somebody has to look beside the record first.</summary>
    private static bool TryFind(SessionRecord record, CommandId command, FoundAnswer? found, out RecordedAnswer? known)
    {
        known = null;
        foreach (var answer in record.Answers)
        {
            if (answer.CommandId == command)
            {
                known = answer;
                return true;
            }
        }

        if (!AnswerRules.MayBeKept(record.History, command))
        {
            return true;
        }

        // Answers that have left the record since somebody looked were not looked at.
        if (found is not { } looked || looked.UpTo < record.History!.Kept)
        {
            return false;
        }

        known = looked.Answer;
        return true;
    }

    /// <summary>What the passing of time alone makes of a session: deadlines, expiry, idleness.</summary>
    public static Decision LetTimePass(SessionRecord record, DecisionFacts facts)
    {
        var now = facts.Now;
        if (record.Deadline <= now)
        {
            var change = Change.ByItself(record, SessionTrigger.DeadlinePassed, now);
            return record.Status switch
            {
                SessionStatus.Requested =>
                    change.To(record with { Deadline = null, EndReason = EndReason.DeadlinePassed }, SessionStatus.Cancelled)
                        .With(SessionEventType.SessionCancelled).Commit(),
                SessionStatus.Creating or SessionStatus.Activating => Fail(record, change, "The deadline passed."),

                // Every child ends by its own deadline, and so this does.
                SessionStatus.Closing when !record.Children.IsEmpty =>
                    change.To(record with { Deadline = now + facts.Timings.ClosingDeadline }, SessionStatus.Closing).Commit(),
                SessionStatus.Closing => Closed(record, change, "The deadline passed before the teardown was done."),
                _ => Decision.None,
            };
        }

        if (SessionClock.WhyOver(record, now) is { } reason)
        {
            return record.Configuration.Settings.AutoExpire
                ? Close(record, Change.ByItself(record, SessionTrigger.TimeUp, now), reason, SessionEventType.SessionExpired, facts)
                : ForgetAnswers(record, facts);
        }

        return SessionClock.NoticeAt(record) <= now
            ? Change.ByItself(record, SessionTrigger.EndNear, now)
                .To(record with { NoticedEnd = SessionClock.ExpiresAt(record) }, record.Status)
                .With(SessionEventType.SessionExpiring).Commit()
            : ForgetAnswers(record, facts);
    }

    /// <summary>Lets answers go that are kept beside the record and past their window. No event reports it.</summary>
    public static Decision ForgetAnswers(SessionRecord record, DecisionFacts facts) =>
        AnswerRules.Forget(record.History, record.Answers is [.., var last] ? last.Version : 0, facts.Now, facts.Timings.AnswerWindow) is { } history
            ? Decision.Commit(record with { Version = record.Version + 1, History = history }, [])
            : Decision.None;

    /// <summary>Whether <see cref="LetTimePass"/> may have something to do.</summary>
    public static bool IsDue(SessionRecord record, DateTimeOffset now) => SessionClock.DueAt(record) <= now;

    /// <summary>What the end of a provisioner's work makes of a session.</summary>
    /// <param name="record">The session.</param>
    /// <param name="stage">The state in which the work was begun; a session that has left it does not care any more.</param>
    /// <param name="failure">What went wrong; null if nothing did.</param>
    /// <param name="now">The moment of deciding.</param>
    public static Decision EndProvisioning(SessionRecord record, SessionStatus stage, string? failure, DateTimeOffset now)
    {
        if (record.Status != stage || (stage == SessionStatus.Closing && !record.Children.IsEmpty))
        {
            return Decision.None;
        }

        var trigger = failure is null ? SessionTrigger.Provisioned : SessionTrigger.ProvisioningFailed;
        var change = Change.ByItself(record, trigger, now);
        return (stage, failure) switch
        {
            (SessionStatus.Creating, null) => change.To(record with { Deadline = null }, SessionStatus.Created)
                .With(SessionEventType.SessionCreated).Commit(),
            (SessionStatus.Activating, null) => change.To(Running(record, now), SessionStatus.Active)
                .With(SessionEventType.SessionActivated).Commit(),
            (SessionStatus.Closing, null) => Closed(record, change, failure: null),
            (SessionStatus.Creating or SessionStatus.Activating, _) => Fail(record, change, failure),

            // A teardown that failed is tried again until the deadline; then LetTimePass closes the session all the same.
            _ => Decision.None,
        };
    }

    /// <summary>
    /// What is wrong with a command in any state; then all that is wrong with it, so that nobody has to ask twice. A command
    /// that is only beyond a ceiling passes here: the ceiling may be newer than the session that it repeats the creation of.
    /// </summary>
    private static ImmutableArray<ConfigurationFault> FindFaults(SessionId id, SessionCommand command, DecisionFacts facts)
    {
        var faults = FindFaultsOfForm(id, command);
        var overrides = (Specified(command) ?? (command as OpenChildSession)?.Specification)?.Overrides;
        return overrides is null || (faults.IsEmpty && SessionFactory.IsWellFormed(overrides))
            ? faults
            : [.. faults, .. SessionFactory.Build(overrides, facts).Faults, .. FindDeadlineFaults(command, facts)];
    }

    private static ImmutableArray<ConfigurationFault> FindFaultsOfForm(SessionId id, SessionCommand command)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (id.IsDefault)
        {
            faults.Add(new("sessionId", "is missing"));
        }

        if (command.CommandId.IsDefault)
        {
            faults.Add(new("commandId", "is missing"));
        }

        if (!command.Actor.IsValid)
        {
            faults.Add(new("actor", "is missing or not a principal"));
        }

        if (ConfigurationRules.FindReasonFault(command.Reason) is { } fault)
        {
            faults.Add(fault);
        }

        if (Specified(command) is { } specification)
        {
            faults.AddRange(ConfigurationRules.FindFaults(specification));
        }
        else if (command is RequestSession)
        {
            faults.Add(new("specification", "is missing"));
        }

        if (command is AdjustSession adjust)
        {
            faults.AddRange(ConfigurationRules.FindFaults(adjust));
        }

        if (command is OpenChildSession open)
        {
            faults.AddRange(ChildRules.FindFaults(id, open));
        }

        if (command is RenewSession renew)
        {
            if (renew.By is null == renew.Until is null)
            {
                faults.Add(new("by", "and until exclude each other, and one of them is needed"));
            }

            if (renew.By is { } by && (by <= TimeSpan.Zero || by > ConfigurationRules.MaxDuration))
            {
                faults.Add(new("by", $"is {by}, not between 0 and {ConfigurationRules.MaxDuration.TotalDays} days"));
            }
        }

        return faults.ToImmutable();
    }

    private static IEnumerable<ConfigurationFault> FindDeadlineFaults(SessionCommand command, DecisionFacts facts)
    {
        var (min, max) = (ConfigurationRules.MinDuration, facts.Timings.MaxRequestDeadline);
        if (command is RequestSession { Deadline: { } deadline } && (deadline < min || deadline > max))
        {
            yield return new("deadline", $"is {deadline}, not between {min} and {max}");
        }
    }

    private static SessionSpecification? Specified(SessionCommand command) => command switch
    {
        RequestSession request => request.Specification,
        CreateSession create => create.Specification,
        _ => null,
    };

    /// <summary>A creation is safe to repeat under a new command id too, because the session id says what is meant.</summary>
    private static bool IsDoneAlready(SessionRecord record, SessionVerb verb) =>
        verb == SessionVerb.Request || record.CreatedAt is not null;

    private static Decision Request(SessionId id, RequestSession request, DecisionFacts facts, long hash)
    {
        var specification = request.Specification;
        var (configuration, faults) = SessionFactory.Build(specification.Overrides, facts);
        faults = [.. faults, .. FindDeadlineFaults(request, facts)];
        if (!faults.IsEmpty)
        {
            return Decision.Refuse(SessionError.InvalidConfiguration(id, faults));
        }

        var record = New(id, specification, configuration, facts) with
        {
            Deadline = facts.Now + (request.Deadline ?? facts.Timings.RequestDeadline),
        };
        return Change.By(null, request, hash, facts).To(record, SessionStatus.Requested)
            .With(SessionEventType.SessionRequested).Commit();
    }

    private static Decision Create(SessionId id, CreateSession create, DecisionFacts facts, long hash)
    {
        var (configuration, faults) = SessionFactory.Build(create.Specification!.Overrides, facts);
        return faults.IsEmpty
            ? Create(New(id, create.Specification, configuration, facts), Change.By(null, create, hash, facts), facts)
            : Decision.Refuse(SessionError.InvalidConfiguration(id, faults));
    }

    private static Decision CreateReserved(SessionRecord reservation, Change change, DecisionFacts facts)
    {
        var (configuration, faults) = SessionFactory.Keep(reservation, facts);
        return faults.IsEmpty
            ? Create(reservation with { Configuration = configuration, Bounds = PolicyRules.BoundsOf(facts.Policy) }, change, facts)
            : Decision.Refuse(SessionError.InvalidConfiguration(reservation.Id, faults));
    }

    internal static Decision Create(SessionRecord record, Change change, DecisionFacts facts)
    {
        var created = record with
        {
            CreatedAt = facts.Now,
            ExpiresAt = facts.Now + record.Configuration.MaxDuration,
            Deadline = null,
        };
        return record.Provisioner is null
            ? change.To(created, SessionStatus.Created).With(SessionEventType.SessionCreated).Commit()
            : change.To(created with { Deadline = facts.Now + facts.Timings.ProvisioningDeadline }, SessionStatus.Creating).Commit();
    }

    private static Decision Activate(SessionRecord record, Change change, DecisionFacts facts)
    {
        if (SessionClock.WhyOver(record, facts.Now) is { } over)
        {
            return Decision.Refuse(Refusals.Expired(record, SessionVerb.Activate, over));
        }

        return record.Provisioner is null
            ? change.To(Running(record, facts.Now), SessionStatus.Active).With(SessionEventType.SessionActivated).Commit()
            : change.To(record with { Deadline = facts.Now + facts.Timings.ProvisioningDeadline }, SessionStatus.Activating).Commit();
    }

    private static Decision Resume(SessionRecord record, Change change, DateTimeOffset now)
    {
        if (SessionClock.WhyOver(record, now) is { } over)
        {
            return Decision.Refuse(Refusals.Expired(record, SessionVerb.Resume, over));
        }

        var resumed = SessionClock.EndPause(record, now) with { RunningSince = now };
        return change.To(resumed, SessionStatus.Active).With(SessionEventType.SessionResumed).Commit();
    }

    private static Decision Renew(SessionRecord record, RenewSession renew, Change change, DecisionFacts facts)
    {
        // While the clock stands still the stored end is the one that would have held had it run since the pause.
        var stopped = SessionClock.StoppedFor(record, facts.Now);
        var present = record.ExpiresAt!.Value + stopped;
        var end = renew.Until?.ToUniversalTime() ?? present + renew.By!.Value;
        var ceiling = SessionFactory.LongestLife(record, facts);
        var lifetime = SessionClock.Lifetime(record, end) - stopped;
        var field = renew.Until is null ? "by" : "until";
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (end <= facts.Now)
        {
            faults.Add(new(field, $"moves the end to {end:u}, which is over already"));
        }

        if (end < present && !renew.AllowShortening)
        {
            faults.Add(new(field, $"moves the end from {present:u} back to {end:u}; allow shortening if that is meant"));
        }

        if (lifetime > ceiling)
        {
            faults.Add(new(field, $"makes the session live for {lifetime}, beyond the ceiling of {ceiling}"));
        }

        return faults.Count == 0
            ? change.To(record with { ExpiresAt = end - stopped }, record.Status).With(SessionEventType.SessionRenewed).Commit()
            : Decision.Refuse(SessionError.InvalidConfiguration(record.Id, faults.ToImmutable()));
    }

    private static Decision Adjust(SessionRecord record, AdjustSession adjust, Change change, DecisionFacts facts)
    {
        var (configuration, faults) = SessionFactory.Adjust(record, adjust, facts);
        return faults.IsEmpty
            ? change.To(record with { Configuration = configuration }, record.Status).With(SessionEventType.SessionAdjusted).Commit()
            : Decision.Refuse(SessionError.InvalidConfiguration(record.Id, faults));
    }

    internal static Decision Close(SessionRecord record, Change change, EndReason reason, SessionEventType notice, DecisionFacts facts)
    {
        var ending = SessionClock.EndPause(record, facts.Now) with { EndReason = reason };
        return record.Provisioner is null && record.Children.IsEmpty
            ? change.To(ending with { Deadline = null }, SessionStatus.Closed)
                .With(notice, SessionStatus.Closing).With(SessionEventType.SessionClosed).Commit()
            : change.To(ending with { Deadline = facts.Now + facts.Timings.ClosingDeadline }, SessionStatus.Closing)
                .With(notice).Commit();
    }

    internal static Decision Closed(SessionRecord record, Change change, string? failure) =>
        change.To(record with { Deadline = null, Failure = failure }, SessionStatus.Closed)
            .With(SessionEventType.SessionClosed).Commit();

    private static Decision Fail(SessionRecord record, Change change, string failure) =>
        change.To(
            record with
            {
                Deadline = null,
                Failure = TextRules.Clean(failure, MaxFailureLength),
                EndReason = record.Status == SessionStatus.Creating ? EndReason.CreationFailed : EndReason.ActivationFailed,
            },
            SessionStatus.Failed).With(SessionEventType.SessionFailed).Commit();

    internal static SessionRecord New(
        SessionId id, SessionSpecification specification, SessionConfiguration configuration, DecisionFacts facts) => new()
        {
            Id = id,
            Namespace = specification.Namespace,
            Creator = specification.Creator,
            Template = facts.Template is { } template ? specification.Template!.Value.At(template.Version) : null,
            TemplateCeiling = facts.Template?.Definition.Ceiling,
            Provisioner = facts.Template?.Definition.Provisioner,
            Configuration = configuration,
            Bounds = PolicyRules.BoundsOf(facts.Policy),
            SpecificationHash = ContentHash.Of(specification),
            RequestedAt = facts.Now,
        };

    private static SessionRecord Running(SessionRecord record, DateTimeOffset now) =>
        record with { Deadline = null, ActivatedAt = record.ActivatedAt ?? now, RunningSince = now };
}

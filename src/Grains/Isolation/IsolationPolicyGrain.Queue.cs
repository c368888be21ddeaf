using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Admission;
using Sessions.Core.Events;
using Sessions.Core.Isolation;

namespace Sessions.Grains.Isolation;

/// <content>
/// Who waits for a place, where the policy lets them. The line is in memory: when the grain is lost those who wait enter again, with what their
/// tickets say. It decides nobody's activation, only whose turn it is: the store still refuses whoever would be one too many.
/// </content>
internal sealed partial class IsolationPolicyGrain : IAdmissionQueueGrain
{
    private const int MostCalled = 32;

    // An activation that is to end, ends when nobody waits in it: no silo's stop is held up for longer than this.
    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(10);

    // How late a place that came free may be noticed of which no word came, and a deadline.
    private static readonly TimeSpan ServePeriod = TimeSpan.FromMilliseconds(500);

    // How long a session may take to answer. Who takes longer is asked again later, and the others go on meanwhile.
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CountPatience = TimeSpan.FromMilliseconds(500);

    // How long an outcome is kept for a caller who is between two questions.
    private static readonly TimeSpan OutcomeKept = TimeSpan.FromSeconds(30);

    private readonly WaitingLine line = new(options.Value.PlaceConfirmation);
    private readonly Dictionary<SessionId, WaitOutcome> outcomes = [];
    private IGrainTimer? serving;

    private OnceMore Services => field ??= new OnceMore(ServeAsync, fault => LogNotServed(fault, Namespace));

    public async ValueTask<QueueReply> Enter(EnterQueue request)
    {
        if (QueueRules.FindFaults(Namespace, request) is { IsEmpty: false } faults)
        {
            return Refuse(SessionError.InvalidConfiguration(request?.Session, faults, SessionVerb.Activate));
        }

        await book.RefreshAsync();
        var shown = await AskSessionAsync(request.Session, () => GrainFactory.GetSession(request.Session).Get(0));
        if (shown.Snapshot is not { } session)
        {
            return Refuse(shown.Refusal!);
        }

        if (!Namespace.Contains(session.Namespace))
        {
            return Refuse(SessionError.InvalidConfiguration(
                request.Session, [new("session", $"lives in {session.Namespace}, which is not below {Namespace}")], SessionVerb.Activate));
        }

        if (MaximumHere() is not null)
        {
            await EnsureBuiltAsync();
        }

        if (book.Of(Namespace) is null)
        {
            return Refuse(Unknown());
        }

        // Who cannot wait, or has nothing to wait for, is told at once what the session says.
        if (LimitHere()?.Queue is not { } queue || session.Status != SessionStatus.Created)
        {
            var (_, outcome) = await ActivateAsync(request.Session, request.Command);
            return outcome;
        }

        return Enter(request, queue, session.Creator);
    }

    public async ValueTask<QueueReply> Wait(QueueTicket ticket, TimeSpan patience)
    {
        if (ticket is null || !outcomes.TryGetValue(ticket.Session, out var outcome))
        {
            return new QueueReply();
        }

        if (outcome.Command != ticket.Command)
        {
            return Refuse(Refusals.PlaceTakenOver(ticket.Session));
        }

        var limit = patience < TimeSpan.Zero ? TimeSpan.Zero : patience < MaxPatience ? patience : MaxPatience;
        if (line.TryFind(ticket.Session, out var waiter) && line.Hear(waiter, limit, Now()))
        {
            LetInAsync(waiter).Ignore();
        }

        // By the machine's clock: how long a caller waits has nothing to do with the sessions' own time.
        if (await outcome.WaitAsync(limit) is { } told)
        {
            return told;
        }

        return line.TryFind(ticket.Session, out waiter) ? Show(waiter) : new QueueReply();
    }

    public ValueTask Leave(QueueTicket ticket)
    {
        if (ticket is not null && outcomes.TryGetValue(ticket.Session, out var outcome) && outcome.Command == ticket.Command
            && line.TryFind(ticket.Session, out var waiter))
        {
            line.Leave(waiter);
            ForgetUnlessWaiting(ticket.Session);
            ServeIfAnyWait();
        }

        return ValueTask.CompletedTask;
    }

    private QueueReply Enter(EnterQueue request, AdmissionQueue queue, Principal creator)
    {
        var now = Now();
        DropLapsed(now);
        var (since, deadline) = QueueRules.TimesOf(request, queue, now.Utc);
        if (deadline <= now.Utc)
        {
            return Refuse(Refusals.NoPlaceInTime(request.Session, CountHere(MaximumHere()), now.Utc - since, options.Value.RetryAfter));
        }

        var entrance = line.Enter(new Waiter(request.Session, creator, request.Command, since, deadline), queue.Maximum, now);
        switch (entrance)
        {
            case QueueEntrance.Full:
                return Refuse(Refusals.TooManyWaiting(request.Session, Namespace, line.Count, queue.Maximum, options.Value.RetryAfter));
            case QueueEntrance.Busy:
                return Refuse(Refusals.Unavailable(request.Session, "The session is just being activated by another command.", options.Value.RetryAfter));
            case QueueEntrance.TakenOver:
                outcomes[request.Session].Tell(Refuse(Refusals.PlaceTakenOver(request.Session)), now);
                break;
        }

        if (entrance != QueueEntrance.Found)
        {
            outcomes[request.Session] = new WaitOutcome(request.Command.CommandId);
        }

        if (line.TryFind(request.Session, out var entered) && line.Hear(entered, TimeSpan.Zero, now))
        {
            LetInAsync(entered).Ignore();
        }

        serving ??= this.RegisterGrainTimer(
            static (grain, _) => grain.ServeOrRest(), this, new GrainTimerCreationOptions(ServePeriod, ServePeriod) { Interleave = true });
        ServeIfAnyWait();
        return line.TryFind(request.Session, out var waiter) ? Show(waiter) : new QueueReply();
    }

    /// <summary>Looks at the clock, whoever calls, for as long as anybody waits or may ask what has become of it.</summary>
    private Task ServeOrRest()
    {
        var now = Now();
        DropLapsed(now);
        foreach (var (session, _) in outcomes.Where(one => one.Value.ToldAt + (long)OutcomeKept.TotalMilliseconds < now.Milliseconds).ToList())
        {
            outcomes.Remove(session);
        }

        if (line.Count == 0 && outcomes.Count == 0)
        {
            serving?.Dispose();
            serving = null;
        }

        ServeIfAnyWait();
        return Task.CompletedTask;
    }

    /// <summary>Offers places to whoever's turn it is. Where that fails those who wait stand where they stood, and the timer tries again.</summary>
    private void ServeIfAnyWait()
    {
        if (line.Count > 0)
        {
            Services.RunAsync().Ignore();
        }
    }

    private async Task ServeAsync()
    {
        if (line.Count == 0)
        {
            return;
        }

        var count = await ReadCountAsync();
        if (book.Of(Namespace) is null)
        {
            return;
        }

        var limit = LimitHere();
        if (limit is { Queue: null })
        {
            foreach (var waiter in line.InOrder.Where(waiter => !waiter.IsCalled).ToList())
            {
                line.Remove(waiter);
                Tell(waiter, Refuse(Refusals.TooManyLive(waiter.Session, count ?? CountHere(limit.Maximum), options.Value.RetryAfter)));
            }

            return;
        }

        // Without a maximum there is room for all; they come in by and by, because each is a commit. Whoever is offered a place is let in
        // when it asks again: a session whose caller has died would be live for its whole life, while others wait.
        var places = limit is null || count is null ? MostCalled : Math.Min(MostCalled, count.Maximum!.Value - count.Live);
        foreach (var waiter in line.Offer(places, Now()))
        {
            if (outcomes.TryGetValue(waiter.Session, out var outcome))
            {
                outcome.AskToConfirm();
            }
        }
    }

    /// <summary>Activates a session whose caller has taken its place. Never fails; whatever comes of it, the session is called no more.</summary>
    private async Task LetInAsync(Waiter waiter)
    {
        var (isOpen, outcome) = await ActivateAsync(waiter.Session, waiter.Command);
        var now = Now();
        if (outcome.Snapshot is not null)
        {
            line.Admit(waiter, now.Utc);
            Tell(waiter, outcome);
        }
        else if (!isOpen)
        {
            line.Remove(waiter);
            Tell(waiter, outcome);
        }
        else if (Refusals.IsNoRoomIn(Namespace, outcome.Refusal!))
        {
            // Somebody else had the place. Not again at once: the count that promised it is behind.
            line.Return(waiter);
            ForgetUnlessWaiting(waiter.Session);
            return;
        }
        else
        {
            line.Return(waiter, now.Milliseconds + (long)Rest.TotalMilliseconds);
            ForgetUnlessWaiting(waiter.Session);
        }

        ServeIfAnyWait();
    }

    /// <returns>Whether it may still be done later, and what the session says.</returns>
    private async Task<(bool IsOpen, QueueReply Outcome)> ActivateAsync(SessionId session, ActivateSession command)
    {
        var reply = await AskSessionAsync(session, () => GrainFactory.GetGrain<ISessionTurn>(session.ToString()).ActivateInTurn(command));
        var isOpen = reply.Refusal is { } refusal && (refusal.Code == SessionErrorCode.Unavailable || Refusals.IsNoRoomIn(Namespace, refusal));
        return (isOpen, new QueueReply { Snapshot = reply.Snapshot, Refusal = reply.Refusal });
    }

    private async Task<SessionReply> AskSessionAsync(SessionId session, Func<ValueTask<SessionReply>> ask)
    {
        try
        {
            return await ask().AsTask().WaitAsync(CallPatience, TimeProvider.System);
        }
        catch (SessionException fault)
        {
            return new SessionReply { Refusal = fault.Error };
        }
#pragma warning disable CA1031 // The session may be on a silo that is just dying, of which Orleans says in many ways. What became of the call is not known; whoever asked is told, and repeats it.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return new SessionReply
            {
                Refusal = Refusals.OutcomeUnknown(session, $"The session did not answer: {fault.Message}", options.Value.RetryAfter),
            };
        }
    }

    /// <summary>Tells those who wait for a session that was closed, has expired or became live in another way; none of them takes a place.</summary>
    private void LookAfterWaiters(EventLogPage page)
    {
        foreach (var (_, e) in page.Events)
        {
            if (QueueRules.IsPastWaiting(e.Status) && line.TryFind(e.SessionId, out var waiter) && !waiter.IsCalled)
            {
                line.Call(waiter);
                LetInAsync(waiter).Ignore();
            }
        }
    }

    private void DropLapsed(Moment now)
    {
        foreach (var waiter in line.DropLapsed(now))
        {
            if (waiter.Deadline <= now.Utc)
            {
                Tell(waiter, Refuse(Refusals.NoPlaceInTime(
                    waiter.Session, CountHere(MaximumHere()), now.Utc - waiter.Since, options.Value.RetryAfter)));
            }
            else
            {
                outcomes.Remove(waiter.Session);
            }
        }
    }

    private void Tell(Waiter waiter, QueueReply reply)
    {
        instruments.OnWaited(reply.Refusal?.Code, time.GetUtcNow() - waiter.Since);
        if (outcomes.TryGetValue(waiter.Session, out var outcome))
        {
            outcome.Tell(reply, Now());
        }
    }

    private void ForgetUnlessWaiting(SessionId session)
    {
        if (!line.TryFind(session, out _))
        {
            outcomes.Remove(session);
        }
    }

    private QueueReply Show(Waiter waiter)
    {
        var position = line.PositionOf(waiter);
        return new QueueReply
        {
            Place = new QueuePlace(Namespace, position, line.Count, line.Estimate(position, time.GetUtcNow())),
            Ticket = new QueueTicket(waiter.Session, waiter.Command.CommandId, waiter.Since, waiter.Deadline),
        };
    }

    /// <summary>The store's counters of all maxima that count the namespace's sessions, and how many wait for each.</summary>
    private async Task<ImmutableArray<LiveCount>> CountAllAsync(EffectivePolicy? policy)
    {
        var counts = await store.ReadLiveCountsAsync(Namespace, CancellationToken.None);
        var waiting = await Task.WhenAll(counts.Select(count => CountWaitingAsync(count.Namespace, policy)));
        return [.. counts.Zip(waiting, (count, length) => count with { Waiting = length })];
    }

    private async Task<long?> CountWaitingAsync(SessionNamespace name, EffectivePolicy? policy)
    {
        if (policy?.LiveLimits.FirstOrDefault(limit => limit.Namespace == name)?.Queue is null)
        {
            return null;
        }

        try
        {
            return name == Namespace
                ? line.Count
                : await GrainFactory.GetGrain<IPolicyLedgerGrain>(GrainFactoryExtensions.KeyOf(name)).CountWaiting().AsTask()
                    .WaitAsync(CountPatience, TimeProvider.System);
        }
#pragma warning disable CA1031 // The other grain may be on a silo that is just dying. The number is only shown, and without it the rest is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotCounted(exception, name);
            return null;
        }
    }

    private long? WaitingHere() => LimitHere()?.Queue is null ? null : line.Count;

    private Moment Now() => new(Environment.TickCount64, time.GetUtcNow());

    private static QueueReply Refuse(SessionError refusal) => new() { Refusal = refusal };
}

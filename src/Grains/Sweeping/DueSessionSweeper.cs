using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sessions.Core;
using Sessions.Core.Isolation;
using Sessions.Core.Sweeping;
using Sessions.Grains.Diagnostics;
using Sessions.Grains.Events;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Sweeping;

/// <summary>
/// Ends every session whose time is up and that nobody may be calling: in bulk where that is all there is to do, through its grain where
/// leases, children or a provisioner come into it. One per silo; several share the work, because the store gives each session to one of
/// them. What becomes of a session is <see cref="SweepRules"/>' to say; here is only the order of doing.
/// </summary>
internal sealed partial class DueSessionSweeper(
    IDueSessions due,
    SweepWaker waker,
    LifecyclePublisher publisher,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    SessionsInstruments instruments,
    SweepState state,
    ILogger<DueSessionSweeper> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private const int NamespacePage = 1000;

    // Of two batches one is judged here while the store works on the other.
    private const int Hands = 2;

    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(15);

    // From pass to pass, so that callers who stay do not feel the beginning of each.
    private SweepPace pace = SweepPace.Start;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Run(
        nameof(DueSessionSweeper),
        ServiceLifecycleStage.Active,
        stopping => Task.WhenAll(waker.RunAsync(stopping), RunAsync(stopping)));

    private async Task RunAsync(CancellationToken stopping)
    {
        var before = TimeSpan.Zero;
        while (true)
        {
            // The pace is the machine's, not the sessions' own clock, which a test may hold still.
            var started = TimeProvider.System.GetTimestamp();
            var looked = TimeSpan.Zero;
            await SiloLoop.TryAsync(nameof(DueSessionSweeper), logger, async token => looked = await PassAsync(token), stopping);
            var interval = SweepInterval.For(options.Value.SweepInterval, looked, before);
            before = looked;
            var left = interval - TimeProvider.System.GetElapsedTime(started);
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System, stopping);
        }
    }

    /// <summary>Takes everything that is due now, and nothing that comes to be due meanwhile, so that a pass ends.</summary>
    /// <returns>How long it took to find out where something is due.</returns>
    private async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            var now = time.GetUtcNow();
            var namespaces = await FindAsync(now, stopping);
            var looked = TimeProvider.System.GetElapsedTime(started);
            var behind = namespaces.IsEmpty ? TimeSpan.Zero : now - namespaces.Min(found => found.DueAt);
            instruments.OnLooked(behind);
            state.OnLooked(behind);
            if (!namespaces.IsEmpty)
            {
                await SweepAsync(now, new SweepRotation(namespaces.Select(found => found.Namespace)), stopping);
            }

            return looked;
        }
        catch (Exception exception) when (exception is StoreUnavailableException or StoreOutcomeUnknownException)
        {
            // What was not done is due still.
            LogInterrupted(exception);
            return TimeSpan.Zero;
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.Unavailable)
        {
            // The clock cannot be trusted; the watch of it says so.
            return TimeSpan.Zero;
        }
    }

    private async Task<ImmutableArray<DueNamespace>> FindAsync(DateTimeOffset now, CancellationToken stopping)
    {
        var found = ImmutableArray.CreateBuilder<DueNamespace>();
        ImmutableArray<DueNamespace> page = [];
        do
        {
            page = await due.ReadDueNamespacesAsync(page.IsEmpty ? null : page[^1].Namespace, NamespacePage, stopping);
            found.AddRange(page.Where(one => one.DueAt <= now));
        }
        while (page.Length == NamespacePage);
        return found.ToImmutable();
    }

    private async Task SweepAsync(DateTimeOffset now, SweepRotation rotation, CancellationToken stopping)
    {
        var work = new List<Task<SweepPace>>();
        try
        {
            while (work.Count > 0 || !rotation.IsDone)
            {
                while (!rotation.IsDone && work.Count < (pace.IsFull ? Hands : 1))
                {
                    work.Add(TakeAsync(now, rotation, stopping));
                }

                var done = await Task.WhenAny(work);
                work.Remove(done);
                pace = await done;
            }
        }
        finally
        {
            // Where one batch failed the other is waited for, so that the next pass does not begin beside it.
            await ((Task)Task.WhenAll(work)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Only the first failure is thrown.
            foreach (var other in work.Where(other => other.IsFaulted))
            {
                LogFailedToo(other.Exception!);
            }
        }
    }

    /// <summary>Takes one batch, and does what its sessions need.</summary>
    /// <returns>The pace of the next one.</returns>
    private async Task<SweepPace> TakeAsync(DateTimeOffset now, SweepRotation rotation, CancellationToken stopping)
    {
        var present = pace;
        if (present.Rest > TimeSpan.Zero)
        {
            await Task.Delay(present.Rest, TimeProvider.System, stopping);
        }

        ImmutableArray<SessionNamespace> namespaces;
        int share;
        lock (rotation)
        {
            (namespaces, share) = rotation.Next(present.Batch);
        }

        if (namespaces.IsEmpty)
        {
            return present;
        }

        var started = TimeProvider.System.GetTimestamp();
        var facts = new DecisionFacts { Now = time.GetUtcNow(), Timings = options.Value.Timings };
        var batch = await due.TakeDueAsync(
            new DueQuestion(now, namespaces, share, Claim),
            record => Answer(record, SweepRules.Judge(record, facts, options.Value.Retention, Claim)),
            stopping);
        lock (rotation)
        {
            foreach (var name in namespaces)
            {
                if (batch.Taken.GetValueOrDefault(name) < share)
                {
                    rotation.Leave(name);
                }
            }
        }

        var took = TimeProvider.System.GetElapsedTime(started);
        foreach (var save in batch.Saves)
        {
            publisher.PublishSwept(save.Events);
        }

        foreach (var unreadable in batch.Unreadable)
        {
            LogUnreadable(unreadable);
        }

        instruments.OnSwept(batch);
        state.OnSwept();
        await waker.WakeAsync(batch.ToWake, stopping);
        return present.After(took, batch.SinceOthers);
    }

    private DueAnswer Answer(SessionRecord record, SweepStep step) => step switch
    {
        { Action: SweepAction.Write, Change: { Next: { } next, Events: var events } } =>
            DueAnswer.Write(new SessionSave(RetentionRules.Foresee(next, options.Value.Retention), events)
            {
                LiveChange = Liveness.Change(record, next),
                Answers = AnswerChanges.Between(record, next),
            }),
        { Action: SweepAction.Delete } => DueAnswer.Delete,
        { Action: SweepAction.Wake, DueAt: { } until } => DueAnswer.Wake(until),
        _ => DueAnswer.PutOff(step.DueAt),
    };

    [LoggerMessage(161, LogLevel.Warning, "The sweep was interrupted by the store; what is due stays due.")]
    private partial void LogInterrupted(Exception exception);

    [LoggerMessage(166, LogLevel.Warning, "A batch of the sweep failed beside another; what is due stays due.")]
    private partial void LogFailedToo(Exception exception);

    [LoggerMessage(164, LogLevel.Error, "Session {SessionId} is due and cannot be read; the sweep looks at it again later.")]
    private partial void LogUnreadable(SessionId sessionId);
}

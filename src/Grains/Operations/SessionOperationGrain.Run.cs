using Microsoft.Extensions.Logging;
using Sessions.Core;
using Sessions.Core.Operations;
using Sessions.Core.Search;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Operations;

/// <content>Going on with the operation, step by step. Every step ends with a commit, from which any activation can go on.</content>
internal sealed partial class SessionOperationGrain
{
    private const int Concurrency = 32;
    private static readonly TimeSpan CommitInterval = TimeSpan.FromSeconds(1);

    // Well below the time after which a keeper takes the operation for stalled.
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestCount = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StayAlive = TimeSpan.FromMinutes(2);

    // The pace is the machine's, not the sessions' own clock, which a test may hold still.
    private static readonly TimeProvider Pace = TimeProvider.System;

    private readonly CancellationTokenSource stop = new();
    private Task run = Task.CompletedTask;
    private Round? round;
    private bool isElsewhere;

    /// <summary>Goes on with the operation, unless that is being done, or there is nothing to do.</summary>
    private void Continue()
    {
        if (run.IsCompleted && HasWork)
        {
            run = Run();
        }
    }

    private bool HasWork => !stop.IsCancellationRequested && !isElsewhere
        && record is { } known && OperationRules.NextStep(known) != OperationStep.None;

    private async Task Run()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Read();
                if (!HasWork)
                {
                    return;
                }

                DelayDeactivation(StayAlive);
                await Step(record!);
                obstacle = null;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Another activation goes on.
            }
#pragma warning disable CA1031 // Whatever is wrong now, the operation has to go on when it is right again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                obstacle = exception is StoreUnavailableException or StoreOutcomeUnknownException
                    ? "The store does not answer."
                    : "The silo failed; its log has more.";
                LogInterrupted(exception, Id);
                await Rest(RetryAfter);
            }
        }
    }

    private Task Step(OperationRecord from) => OperationRules.NextStep(from) switch
    {
        OperationStep.Count => Count(from),
        OperationStep.Find => Find(from),
        OperationStep.Tell => Tell(from),
        _ => CommitStep(era, current => OperationRules.EndCancelled(current, time.GetUtcNow())),
    };

    private async Task Count(OperationRecord from)
    {
        var (begun, origin) = (era, Pace.GetTimestamp());
        var (total, after) = (0L, (SearchPosition?)null);
        do
        {
            var part = await search.CountAsync(from.Shown.Query, after, stop.Token);
            (total, after) = (total + part.ByStatus.Values.Sum(), part.Next);
        }
        while (after is not null && Pace.GetElapsedTime(origin) < LongestCount);

        await CommitStep(begun, current => OperationRules.Counted(current, after is null ? total : null, time.GetUtcNow()));
    }

    private async Task Find(OperationRecord from)
    {
        var (begun, origin) = (era, Pace.GetTimestamp());
        var page = new SearchPage([], from.After);
        do
        {
            page = await search.SearchAsync(from.Shown.Query, SessionOrder.OldestFirst, page.Next, OperationRules.Room(from), stop.Token);
        }
        while (page is { Sessions.IsEmpty: true, Next: not null } && Pace.GetElapsedTime(origin) < CommitInterval);

        await CommitStep(
            begun, current => OperationRules.Take(current, page.Sessions.Select(session => session.Id), page.Next, time.GetUtcNow()));
    }

    private async Task Tell(OperationRecord from)
    {
        var begun = era;
        if (OperationRules.HasToWait(from))
        {
            await Rest(RetryAfter);
            if (era != begun || record is not { Shown.Status: OperationStatus.Running })
            {
                return;
            }
        }

        var told = round = new Round(from.Batch);
        var telling = Task.WhenAll(Enumerable.Range(0, Math.Min(Concurrency, from.Batch.Length)).Select(_ => TellOneByOne(from.Shown, told)));
        try
        {
            for (var (isWritten, writtenAt) = (true, Pace.GetTimestamp()); isWritten && (!telling.IsCompleted || told.HasAnswers);)
            {
                await Task.WhenAny(telling, Task.Delay(CommitInterval, Pace, stop.Token));
                stop.Token.ThrowIfCancellationRequested();
                if (told.HasAnswers || Pace.GetElapsedTime(writtenAt) >= SignOfLife)
                {
                    (isWritten, writtenAt) = (await CommitAnswers(begun, told), Pace.GetTimestamp());
                }
            }
        }
        finally
        {
            // Otherwise those that are being told would be told again, beside it, by the next step.
            told.End();
            await telling;
        }
    }

    private Task<bool> CommitAnswers(long begun, Round told)
    {
        var answers = told.TakeAnswers();
        foreach (var refusal in answers.Values)
        {
            instruments.OnOperationAnswered(refusal?.Code);
        }

        return CommitStep(begun, current => OperationRules.Answer(current, answers, time.GetUtcNow()));
    }

    /// <summary>Tells sessions, one after the other, until the round is over.</summary>
    private async Task TellOneByOne(OperationSnapshot operation, Round told)
    {
        while (told.Next() is { } session)
        {
            told.Note(session.Id, await TellOne(OperationRules.CommandFor(operation, session), session.Id));
        }
    }

    /// <summary>Tells one session; null if it did it, or why not.</summary>
    private async Task<SessionError?> TellOne(SessionCommand command, SessionId id)
    {
        try
        {
            var session = GrainFactory.GetSession(id);
            var reply = await (command switch
            {
                CloseSession close => session.Close(close),
                PauseSession pause => session.Pause(pause),
                _ => throw new ArgumentException($"No operation can {command.Verb}.", nameof(command)),
            });
            return reply.Refusal;
        }
        catch (SessionException refusal)
        {
            return refusal.Error;
        }
#pragma warning disable CA1031 // What Orleans throws says that there was no answer; the session is asked again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNoAnswer(exception, Id, id);
            return Refusals.OutcomeUnknown(id, "The session's silo gave no answer.", RetryAfter);
        }
    }

    /// <summary>Commits a step upon what is known now. False if that is no longer what the step began with.</summary>
    /// <param name="begun">The era in which the step began.</param>
    /// <param name="step">What it makes of the operation.</param>
    private async Task<bool> CommitStep(long begun, Func<OperationRecord, OperationRecord> step)
    {
        using var turn = await gate.EnterAsync();
        if (era != begun || record is not { } current)
        {
            return false;
        }

        if (!await TryCommit(step(current)))
        {
            // Two activations would only undo each other's work: the other goes on.
            isElsewhere = true;
            LogElsewhere(Id);
            DeactivateOnIdle();
        }

        return !isElsewhere;
    }

    private async Task Rest(TimeSpan length) => await Task.Delay(length, Pace, stop.Token).ConfigureAwait(
        ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    [LoggerMessage(231, LogLevel.Warning, "Operation {Operation} was interrupted; it goes on by itself.")]
    private partial void LogInterrupted(Exception exception, OperationId operation);

    [LoggerMessage(232, LogLevel.Warning, "Operation {Operation} had no answer from session {SessionId}; it is asked again.")]
    private partial void LogNoAnswer(Exception exception, OperationId operation, SessionId sessionId);

    [LoggerMessage(233, LogLevel.Information, "Another activation goes on with operation {Operation}; this one leaves it to that.")]
    private partial void LogElsewhere(OperationId operation);

    /// <summary>The sessions that are told in one step, and what they answered since the last commit.</summary>
    private sealed class Round(IEnumerable<BatchedSession> sessions)
    {
        private readonly Queue<BatchedSession> waiting = new(sessions);
        private Dictionary<SessionId, SessionError?> answers = [];

        public bool HasAnswers => answers.Count > 0;

        public BatchedSession? Next() => waiting.TryDequeue(out var session) ? session : null;

        public void Note(SessionId session, SessionError? answer) => answers[session] = answer;

        /// <summary>Nobody more is told; those that are being told still answer.</summary>
        public void End() => waiting.Clear();

        public Dictionary<SessionId, SessionError?> TakeAnswers()
        {
            var taken = answers;
            answers = [];
            return taken;
        }
    }
}

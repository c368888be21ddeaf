using Microsoft.Extensions.Logging;

namespace Sessions.Client;

/// <summary>
/// The one place that calls grains: turns refusals into exceptions, and repeats what was not done or has an unknown outcome, unchanged
/// and so under the same command id, until it is known or the budget is used up.
/// </summary>
internal sealed partial class Caller(
    SessionsClientOptions options, TimeProvider time, ClientInstruments instruments, ILogger logger, GatewayLinks? links = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    // After a connection was lost an answer may go where nobody reads it, until its node notices. What was done is answered again at once.
    private static readonly TimeSpan SettlingAttempt = TimeSpan.FromSeconds(1);

    /// <summary>How long calls are repeated.</summary>
    public TimeSpan RetryBudget => options.RetryBudget;

    /// <summary>
    /// Waits for an answer, but not for one that cannot come any more because the connection has ended over which it was to come. Read
    /// <see cref="Lost"/> before the call is made.
    /// </summary>
    /// <exception cref="TimeoutException">It has not come, or cannot.</exception>
    public static async Task<T> AnswerAsync<T>(
        Task<T> call, TimeSpan patience, TimeProvider time, CancellationToken lost, CancellationToken cancellationToken = default)
    {
        using var either = lost.CanBeCanceled && cancellationToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(lost, cancellationToken)
            : null;
        try
        {
            return await call.WaitAsync(patience, time, either?.Token ?? (lost.CanBeCanceled ? lost : cancellationToken));
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !call.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException("The connection ended before the answer came.");
        }
    }

    /// <summary>Cancelled when a connection to a gateway ends; another one after each time.</summary>
    public CancellationToken Lost => links?.Lost ?? CancellationToken.None;

    /// <summary>Calls, and answers with what was answered.</summary>
    /// <param name="subject">What the call is about.</param>
    /// <param name="attempt">One attempt; it must do the same each time.</param>
    /// <param name="refusal">Finds the refusal in an answer; null for answers that have none.</param>
    /// <param name="cancellationToken">Stops waiting; what was sent may still be done.</param>
    /// <exception cref="UnavailableException">It is still not done, or its outcome unknown, when the budget is used up.</exception>
    /// <exception cref="SessionException">It was refused; the leaf of the refusal's code.</exception>
    public Task<T> CallAsync<T>(
        CallSubject subject, Func<ValueTask<T>> attempt, Func<T, SessionError?>? refusal, CancellationToken cancellationToken) =>
        CallAsync(subject, attempt, refusal, new Repetition(options.RetryBudget, TimeSpan.MaxValue), cancellationToken);

    /// <summary>The same, with a patience of its own.</summary>
    /// <inheritdoc cref="CallAsync{T}(CallSubject, Func{ValueTask{T}}, Func{T, SessionError?}?, CancellationToken)"/>
    public async Task<T> CallAsync<T>(
        CallSubject subject,
        Func<ValueTask<T>> attempt,
        Func<T, SessionError?>? refusal,
        Repetition repetition,
        CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var backoff = new Backoff(FirstPause, LongestPause);
        var isUnknown = false;
        for (var attempts = 1; ; attempts++)
        {
            SessionException cause;
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                var answer = await AttemptAsync(attempt, started, repetition, cancellationToken);
                if (refusal?.Invoke(answer) is not { } error)
                {
                    return answer;
                }

                cause = SessionException.From(error);
            }
            catch (SessionException fault)
            {
                cause = SessionException.From(fault.Error, fault);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception fault) when (CallFaults.KindOf(fault) != FaultKind.Final)
            {
                cause = NoAnswer(subject, fault);
            }

            if (CallFaults.KindOf(cause) is var kind && kind == FaultKind.Final)
            {
                throw cause;
            }

            // One attempt that may have been done is enough: what a later one says is about the later one.
            isUnknown |= kind == FaultKind.Unknown;

            var pause = Longer(backoff.Next(), cause.Error.RetryAfter);
            if (time.GetElapsedTime(started) + pause >= repetition.Budget)
            {
                if (isUnknown)
                {
                    instruments.OnGaveUp(subject.Name);
                    LogGaveUp(subject.Name, subject.SessionId, attempts, cause.Message);
                }
                else
                {
                    LogNotDone(subject.Name, subject.SessionId, attempts, cause.Message);
                }

                throw GivenUp(subject, attempts, cause, isUnknown);
            }

            instruments.OnRepeated(subject.Name);
            LogRepeating(subject.Name, subject.SessionId, subject.CommandId, attempts, pause, cause.Message);
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private async ValueTask<T> AttemptAsync<T>(
        Func<ValueTask<T>> attempt, long started, Repetition repetition, CancellationToken cancellationToken)
    {
        var lost = Lost;
        var call = attempt();
        if (call.IsCompletedSuccessfully)
        {
            return call.Result;
        }

        // Orleans bounds a call by its own timeout; this bounds the last attempt by what is left of the budget.
        var left = repetition.Budget > TimeSpan.Zero ? repetition.Budget - time.GetElapsedTime(started) : options.ResponseTimeout;
        left = Shorter(left, repetition.Attempt < TimeSpan.MaxValue || links is not { IsSettling: true } ? repetition.Attempt : SettlingAttempt);
        return await AnswerAsync(call.AsTask(), left > TimeSpan.Zero ? left : TimeSpan.Zero, time, lost, cancellationToken);
    }

    private static UnavailableException NoAnswer(CallSubject subject, Exception fault) => new(
        new SessionError
        {
            Code = SessionErrorCode.Unavailable,
            SessionId = subject.SessionId,
            Verb = subject.Verb,
            NothingChanged = CallFaults.KindOf(fault) == FaultKind.Transient,
            Message = $"{fault.GetType().Name}: {fault.Message}",
        },
        fault);

    private static UnavailableException GivenUp(CallSubject subject, int attempts, SessionException cause, bool isUnknown)
    {
        var times = attempts == 1 ? "1 attempt" : $"{attempts} attempts";
        var message = subject.CommandId is not { } command ? $"{subject.Name} had no answer after {times}. "
            : isUnknown ? $"The outcome of {subject.Name} is unknown after {times}; repeat it under the command id {command} to learn it. "
            : $"{subject.Name} was not done in {times}, and nothing was changed; try again later. ";
        return new(
            cause.Error with
            {
                SessionId = subject.SessionId ?? cause.SessionId,
                NothingChanged = !isUnknown,
                Verb = subject.Verb ?? cause.Error.Verb,
                Message = message + "Last cause: " + cause.Message,
            },
            cause.InnerException ?? cause);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>A silo that says when to come back is heard, but not beyond the longest pause: it may be wrong, or gone.</summary>
    private static TimeSpan Longer(TimeSpan pause, TimeSpan? asked) =>
        asked is { } wish && wish > pause ? (wish < LongestPause ? wish : LongestPause) : pause;
}

/// <summary>How patient a call is.</summary>
/// <param name="Budget">How long it is repeated; 0 for a single attempt.</param>
/// <param name="Attempt">How long one attempt may take, where the budget has more left.</param>
internal readonly record struct Repetition(TimeSpan Budget, TimeSpan Attempt);

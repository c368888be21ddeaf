using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Operations;

namespace Sessions.Grains.Storage;

/// <summary>What every store refuses before it does anything: mistakes of the program, not of the moment.</summary>
internal static class StoreArguments
{
    private const int MaxLimit = 1000;
    private const int MaxIds = 10_000;

    public static void CheckLimit(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
    }

    public static void CheckDue(DueQuestion question, Func<SessionRecord, DueAnswer> judge)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(question.Claim, TimeSpan.Zero);
        CheckLimit(question.Share);
        CheckLimit(question.Namespaces.Length);
        if (question.Namespaces.Distinct().Count() != question.Namespaces.Length)
        {
            throw new ArgumentException("A namespace is asked for once.", nameof(question));
        }
    }

    public static void CheckIds(IReadOnlyCollection<SessionId> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ids.Count, MaxIds);
    }

    /// <summary>Otherwise a value could be written under a key that no reader takes.</summary>
    public static void CheckWrite(DataWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (write.CommandId.IsDefault || !write.Key.IsValid || write.Value is { Length: > DataValue.MaxBytes } or { IsDefault: true })
        {
            throw new ArgumentException($"A write has an id, a valid key, and no value of more than {DataValue.MaxBytes} bytes.", nameof(write));
        }
    }

    /// <summary>Otherwise a log with holes, or events of another session, could be committed with the record.</summary>
    public static void CheckSave(SessionSave save)
    {
        ArgumentNullException.ThrowIfNull(save);
        var (record, events) = save;
        if (record.Id.IsDefault || record.Version < 1)
        {
            throw new ArgumentException("A record is saved under an id and at a version from 1.", nameof(save));
        }

        if (events.IsDefault)
        {
            throw new ArgumentException("A save without events has an empty array of them.", nameof(save));
        }

        var sequence = record.LastSequence - events.Length;
        if (sequence < 0)
        {
            throw new ArgumentException("A session's first event has the sequence 1.", nameof(save));
        }

        foreach (var e in events)
        {
            if (e.SessionId != record.Id || e.Sequence != ++sequence)
            {
                throw new ArgumentException("The events of a save are its session's newest, in order and without holes.", nameof(save));
            }
        }

        // Otherwise a counter of live sessions could move for a session that was never counted.
        if (save.LiveChange is < -1 or > 1 || (save.LiveChange != 0 && record.Version == 1))
        {
            throw new ArgumentException("A save changes the number of live sessions by one, and not when the session is new.", nameof(save));
        }

        CheckExecutions(save);
        CheckAnswers(save);
    }

    public static void CheckPolicy(NamespacePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Namespace.IsDefault || policy.Version < 1 || !policy.SetBy.IsValid)
        {
            throw new ArgumentException("A policy is saved for a namespace, at a version from 1, by somebody.", nameof(policy));
        }
    }

    /// <summary>Otherwise an operation could be written that no list shows.</summary>
    public static void CheckOperation(OperationRecord operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (operation.Shown is not { Id.IsDefault: false, Version: >= 1, Actor.IsValid: true, Query.Namespace.IsDefault: false })
        {
            throw new ArgumentException("An operation is saved under an id, at a version from 1, by somebody and for a namespace.", nameof(operation));
        }
    }

    /// <summary>Otherwise an answer could be kept that the record has too, or that nobody asks for.</summary>
    private static void CheckAnswers(SessionSave save)
    {
        var changes = save.Answers;
        if (changes is null || changes.Kept.IsDefault
            || changes.Kept.Any(answer => answer.CommandId.IsDefault || answer.Version < 1 || answer.Version >= save.Record.Version))
        {
            throw new ArgumentException("A save keeps answers to commands that were done before it, each under the command's id.", nameof(save));
        }
    }

    private static void CheckExecutions(SessionSave save)
    {
        var (record, executions) = (save.Record, save.Executions);
        if (executions.IsDefault)
        {
            throw new ArgumentException("A save without executions has an empty array of them.", nameof(save));
        }

        var sequence = record.LastExecution - executions.Length;
        if (sequence < 0)
        {
            throw new ArgumentException("A session's first logged execution has the sequence 1.", nameof(save));
        }

        foreach (var execution in executions)
        {
            if (execution.Sequence != ++sequence)
            {
                throw new ArgumentException("The executions of a save are its session's newest, in order and without holes.", nameof(save));
            }

            // Otherwise a name could be written that no reader takes, and no page with it could be read again.
            if (!execution.Function.IsValid)
            {
                throw new ArgumentException("An execution is logged under the valid name of its function.", nameof(save));
            }
        }
    }
}

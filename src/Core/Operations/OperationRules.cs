using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Sessions.Core.Search;

namespace Sessions.Core.Operations;

/// <summary>What an operation has to do next.</summary>
internal enum OperationStep
{
    /// <summary>Nothing: it has ended.</summary>
    None,

    /// <summary>Find out how many sessions it means.</summary>
    Count,

    /// <summary>Find more sessions.</summary>
    Find,

    /// <summary>Tell those in hand, and take their answers.</summary>
    Tell,

    /// <summary>Commit that it is cancelled: nobody is being told anything any more.</summary>
    End,
}

/// <summary>What became of a request about an operation.</summary>
/// <param name="Next">The operation from now on; where that is what it was, nothing is to be written.</param>
/// <param name="Refusal">Why nothing became of it.</param>
internal readonly record struct OperationDecision(OperationRecord? Next, SessionError? Refusal)
{
    public static implicit operator OperationDecision(SessionError refusal) => new(null, refusal);

    public static implicit operator OperationDecision(OperationRecord next) => new(next, null);
}

/// <summary>
/// Every rule of an operation over many sessions. Each step makes the record from which the next one goes on, so that the operation can be
/// interrupted between any two of them, and anywhere within one. Each session that it finds is counted once: when its answer is committed
/// it leaves the batch, in the same commit. Until then it may be asked again, under the same command id, and answers the same.
/// </summary>
internal static class OperationRules
{
    /// <summary>The most sessions in hand.</summary>
    public const int BatchSize = 500;

    /// <summary>How many refusals are kept.</summary>
    public const int RefusalsKept = 5;

    /// <summary>How long a session may give no answer before it is counted as one that refused.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Starts an operation, or finds it started by the same request.</summary>
    public static OperationDecision Start(OperationId id, OperationRecord? record, StartOperation? request, DateTimeOffset now)
    {
        if (OperationForm.FindFaults(id, request) is { IsEmpty: false } faults)
        {
            return SessionError.InvalidConfiguration(null, faults, request?.Verb);
        }

        var hash = ContentHash.Of(request!);
        if (record is not null)
        {
            return record.RequestHash == hash ? record : Refusals.OperationReused(id, record.Shown.Verb);
        }

        return new OperationRecord
        {
            RequestHash = hash,
            Shown = new OperationSnapshot
            {
                Id = id,
                Version = 1,
                Verb = request!.Verb,
                Query = OperationForm.Meant(request.Verb, request.Query, now),
                Status = OperationStatus.Running,
                Actor = request.Actor,
                Reason = request.Reason,
                StartedAt = now,
                UpdatedAt = now,
            },
        };
    }

    /// <summary>Cancels an operation, unless it has ended or is being cancelled already.</summary>
    public static OperationDecision Cancel(OperationId id, OperationRecord? record, CancelOperation? request, DateTimeOffset now) =>
        OperationForm.FindFaults(request) is { IsEmpty: false } faults ? SessionError.InvalidConfiguration(null, faults)
        : record is null ? Refusals.OperationNotFound(id)
        : record.Shown.Status != OperationStatus.Running ? record
        : Next(record, now, shown => shown with
        {
            Status = OperationStatus.Cancelling,
            Cancellation = new SessionCause(request!.Actor, request.Reason, null),
        });

    /// <summary>What the operation has to do next.</summary>
    public static OperationStep NextStep(OperationRecord record) => record switch
    {
        { Shown.IsFinal: true } => OperationStep.None,
        { Shown.Status: OperationStatus.Cancelling } => OperationStep.End,
        { Counted: false } => OperationStep.Count,

        // Sessions that gave no answer go along with those that come next, so that they hold nobody up while there are others.
        { AllFound: false } when record.Batch.Length < BatchSize && record.Batch.All(session => session.UnansweredSince is not null) =>
            OperationStep.Find,
        _ => OperationStep.Tell,
    };

    /// <summary>Whether those in hand have all been asked in vain before, so that asking again at once would only add to their load.</summary>
    public static bool HasToWait(OperationRecord record) => record.Batch.All(session => session.UnansweredSince is not null);

    /// <summary>Keeps how many sessions the operation means.</summary>
    /// <param name="record">The operation.</param>
    /// <param name="total">How many; null if they are too many to be counted first.</param>
    /// <param name="now">The moment.</param>
    public static OperationRecord Counted(OperationRecord record, long? total, DateTimeOffset now) =>
        Next(record with { Counted = true }, now, shown => shown with { Total = total });

    /// <summary>Takes sessions in hand.</summary>
    /// <param name="record">The operation, with a step of <see cref="OperationStep.Find"/> before it.</param>
    /// <param name="found">The sessions after <see cref="OperationRecord.After"/>, at most <see cref="Room"/>.</param>
    /// <param name="next">Where to go on; null at the end.</param>
    /// <param name="now">The moment.</param>
    public static OperationRecord Take(OperationRecord record, IEnumerable<SessionId> found, SearchPosition? next, DateTimeOffset now) =>
        EndIfDone(Next(
            record with
            {
                Batch = [.. record.Batch, .. found.Select(id => new BatchedSession(id) { TakenAt = now })],
                After = next,
                AllFound = next is null,
            },
            now));

    /// <summary>How many sessions more can be taken in hand.</summary>
    public static int Room(OperationRecord record) => BatchSize - record.Batch.Length;

    /// <summary>Counts answers, and lets go of the sessions that gave them.</summary>
    /// <param name="record">The operation.</param>
    /// <param name="answers">What sessions in hand said: a refusal, or null where they did it. Those of others are not counted.</param>
    /// <param name="now">The moment.</param>
    public static OperationRecord Answer(OperationRecord record, IReadOnlyDictionary<SessionId, SessionError?> answers, DateTimeOffset now)
    {
        var (done, skipped, refused) = (record.Shown.Done, record.Shown.Skipped, record.Shown.Refused);
        var refusals = record.Shown.Refusals.ToBuilder();
        var kept = ImmutableArray.CreateBuilder<BatchedSession>();
        foreach (var session in record.Batch)
        {
            if (!answers.TryGetValue(session.Id, out var refusal))
            {
                kept.Add(session);
            }
            else if (refusal is null)
            {
                done++;
            }
            else if (IsMoot(refusal))
            {
                skipped++;
            }
            else if (IsNoAnswer(refusal) && !(now - session.UnansweredSince >= Patience))
            {
                kept.Add(session with { UnansweredSince = session.UnansweredSince ?? now });
            }
            else
            {
                refused++;
                refusals.Add(refusal with { SessionId = session.Id });
            }
        }

        return EndIfDone(Next(record with { Batch = kept.ToImmutable() }, now, shown => shown with
        {
            Done = done,
            Skipped = skipped,
            Refused = refused,
            Refusals = [.. refusals.TakeLast(RefusalsKept)],
        }));
    }

    /// <summary>Ends an operation that is being cancelled. What is still in hand is not counted.</summary>
    public static OperationRecord EndCancelled(OperationRecord record, DateTimeOffset now) =>
        Next(record with { Batch = [], After = null }, now, shown => shown with { Status = OperationStatus.Cancelled, EndedAt = now });

    /// <summary>What a session is told: the same whoever says it, and however often.</summary>
    public static SessionCommand CommandFor(OperationSnapshot operation, BatchedSession session)
    {
        SessionCommand command = operation.Verb switch
        {
            SessionVerb.Close => new CloseSession(),
            SessionVerb.Pause => new PauseSession(),
            _ => throw new ArgumentException($"No operation can {operation.Verb}.", nameof(operation)),
        };
        return command with
        {
            CommandId = CommandIdFor(operation, session),
            Actor = operation.Actor,
            Reason = string.IsNullOrEmpty(operation.Reason) ? operation.Id.ToString() : $"{operation.Id}: {operation.Reason}",
        };
    }

    private static CommandId CommandIdFor(OperationSnapshot operation, BatchedSession batched)
    {
        var session = batched.Id;
        // The start too: an id that is used again after its operation was forgotten stands for another one.
        Span<byte> content = stackalloc byte[OperationId.ByteCount + SessionId.ByteCount + sizeof(long)];
        operation.Id.CopyTo(content);
        session.CopyTo(content[OperationId.ByteCount..]);
        BinaryPrimitives.WriteInt64BigEndian(content[(OperationId.ByteCount + SessionId.ByteCount)..], operation.StartedAt.UtcTicks);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, digest);
        return batched.TakenAt is { } taken
            ? Dated(digest[..16], taken)
            : CommandId.Parse(new Guid(digest[..16]).ToString());
    }

    /// <summary>A UUID of version 7 whose bits are given, but for those that say when the command was issued.</summary>
    private static CommandId Dated(Span<byte> bits, DateTimeOffset issuedAt)
    {
        Span<byte> instant = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(instant, issuedAt.ToUnixTimeMilliseconds());
        instant[2..].CopyTo(bits);
        bits[6] = (byte)(0x70 | (bits[6] & 0x0f));
        bits[8] = (byte)(0x80 | (bits[8] & 0x3f));
        return CommandId.Parse(new Guid(bits, bigEndian: true).ToString());
    }

    /// <summary>Whether there is nothing to be done to the session any more.</summary>
    private static bool IsMoot(SessionError refusal) =>
        refusal.Code is SessionErrorCode.InvalidTransition or SessionErrorCode.SessionNotFound;

    /// <summary>Whether the session may have done it or not, or could do it a little later.</summary>
    private static bool IsNoAnswer(SessionError refusal) => refusal.Code is SessionErrorCode.Unavailable or SessionErrorCode.Internal;

    private static OperationRecord EndIfDone(OperationRecord record) =>
        record is { AllFound: true, Batch.IsEmpty: true, Shown.Status: OperationStatus.Running }
            ? record with { Shown = record.Shown with { Status = OperationStatus.Done, EndedAt = record.Shown.UpdatedAt } }
            : record;

    private static OperationRecord Next(OperationRecord record, DateTimeOffset now, Func<OperationSnapshot, OperationSnapshot>? change = null)
    {
        var shown = record.Shown with { Version = record.Shown.Version + 1, UpdatedAt = now };
        return record with { Shown = change is null ? shown : change(shown) };
    }
}

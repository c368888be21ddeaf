using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Search;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>A save as the columns that it becomes, made on the caller's thread so that the writer only has to send it.</summary>
internal sealed class SaveRow
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SaveRow(SessionSave save)
    {
        var record = save.Record;
        SessionId = record.Id;
        Id = record.Id.ToString();
        Namespace = record.Namespace.ToString();
        Creator = Storable(record.Creator.ToString());
        Status = (short)record.Status;
        Version = record.Version;
        Template = record.Template?.ToString();
        RequestedAt = record.RequestedAt.UtcDateTime;
        EndsAt = SearchKeys.EndsAt(record)?.UtcDateTime;
        DueAt = DueTime.Of(record)?.UtcDateTime;
        Body = StoredRecord.Write(record);
        Epoch = record.Grant?.Epoch;
        DataLimit = DataLimits.Of(record) is var limit && limit == DataLimits.Default ? null : limit;
        LiveChange = save.LiveChange;
        Levels = LiveChange == 0 ? [] : [.. record.Namespace.Path().Select(level => level.ToString())];
        Labels = record.Version > 1 ? [] : [.. SearchKeys.LabelsOf(record).Select(label => LabelRow.Of(label.Label, label.Folded))];
        Events = [.. save.Events.Select(EventRow.Of)];
        Executions = ExecutionLog.Newest(save.Executions);
        Kept = [.. save.Answers.Kept.Select(AnswerRow.Of)];
        Forgotten = ForgottenBy(save.Answers);
        DropsUntil = Executions.IsEmpty ? 0 : record.LastExecution - SessionSave.ExecutionsKept;
    }

    public SessionId SessionId { get; }

    public string Id { get; }

    public string Namespace { get; }

    public string Creator { get; }

    public short Status { get; }

    public long Version { get; }

    public string? Template { get; }

    public DateTime RequestedAt { get; }

    public DateTime? EndsAt { get; }

    public DateTime? DueAt { get; }

    public string Body { get; }

    public long? Epoch { get; }

    /// <summary>How much its data may take; null for the default, as most have it.</summary>
    public long? DataLimit { get; }

    public int LiveChange { get; }

    /// <summary>The namespaces that may count the session, where it changes a count.</summary>
    public string[] Levels { get; }

    /// <summary>The labels of a session that is new.</summary>
    public LabelRow[] Labels { get; }

    public EventRow[] Events { get; }

    public ImmutableArray<ExecutionRecord> Executions { get; }

    /// <summary>The answers that are kept beside the record from now on.</summary>
    public AnswerRow[] Kept { get; }

    /// <summary>Of the answers beside the record those after the one version up to the other go.</summary>
    public (long After, long UpTo)[] Forgotten { get; }

    /// <summary>The sequence up to which older executions go; not positive if none do.</summary>
    public long DropsUntil { get; }

    /// <exception cref="StoreUnavailableException">It holds text that no database takes.</exception>
    public static SaveRow Of(SessionSave save) => new(save);

    /// <summary>
    /// Refuses lone surrogates here. Further on they would break the connection in the middle of a batch, whose outcome would
    /// then be unknown for everybody in it.
    /// </summary>
    private static string Storable(string text)
    {
        try
        {
            _ = Strict.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException e)
        {
            throw new StoreUnavailableException("A text is not valid Unicode and cannot be stored.", e);
        }
    }

    private static (long After, long UpTo)[] ForgottenBy(AnswerChanges changes) => (changes.ForgottenUpTo, changes.TakenBack) switch
    {
        (0, 0) => [],
        (var upTo, 0) => [(0, upTo)],
        (var upTo, var one) => [(0, upTo), (one - 1, one)],
    };

    /// <summary>One answer that is kept beside the record.</summary>
    internal sealed record AnswerRow(Guid Command, long Version, long Content, short Verb)
    {
        public static AnswerRow Of(RecordedAnswer answer) =>
            new(Guid.Parse(answer.CommandId.ToString()), answer.Version, answer.ContentHash, (short)answer.Verb);
    }

    /// <summary>One label, as it is searched by.</summary>
    internal sealed record LabelRow(string Text, string Folded)
    {
        public static LabelRow Of(string label, string folded) => new(Storable(label), folded);
    }

    /// <summary>One entry of the log.</summary>
    internal sealed record EventRow(long Sequence, string Type, DateTime At, string Actor, string? Reason, string Body)
    {
        public static EventRow Of(SessionEvent e) => new(
            e.Sequence,
            e.Type.ToString(),
            e.At.UtcDateTime,
            Storable(e.Cause.Actor.ToString()),
            e.Cause.Reason is { } reason ? Storable(reason) : null,
            JsonSerializer.Serialize(SessionEventBody.Of(e), StoredJson.Default.SessionEventBody));
    }
}

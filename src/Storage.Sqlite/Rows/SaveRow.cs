using System.Collections.Immutable;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Search;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Sqlite.Rows;

/// <summary>A save as the columns that it becomes, made on the caller's thread so that the writer only has to write it.</summary>
internal sealed class SaveRow
{
    private SaveRow(SessionSave save)
    {
        var record = save.Record;
        SessionId = record.Id;
        Id = IdOf(record.Id);
        Namespace = record.Namespace.ToString();
        Creator = StorableText.Of(record.Creator.ToString());
        (Template, TemplateVersion) = (record.Template?.Name, record.Template?.Version);
        Status = (long)record.Status;
        IsOpen = Lifecycle.IsFinal(record.Status) ? null : 1;
        Version = record.Version;
        (Sequence, FirstSequence) = (record.LastSequence, record.LastSequence - save.Events.Length);
        (Execution, FirstExecution) = (record.LastExecution, record.LastExecution - save.Executions.Length);
        RequestedAt = Instants.Micros(record.RequestedAt);
        EndsAt = Instants.Micros(SearchKeys.EndsAt(record));
        DueAt = Instants.Micros(DueTime.Of(record));
        Epoch = record.Grant?.Epoch;
        DataLimit = DataLimits.Of(record) is var limit && limit == DataLimits.Default ? null : limit;
        Body = StoredRecord.WriteCompact(record);
        LiveChange = save.LiveChange;
        Levels = LiveChange == 0 ? [] : [.. record.Namespace.Path()];
        Labels = record.Version > 1 ? [] : [.. SearchKeys.LabelsOf(record).Select(label => LabelRow.Of(label.Label, label.Folded))];
        Events = EventRow.Of(save);
        Executions = ExecutionLog.Newest(save.Executions);
        Answers = save.Answers;
        DropsUntil = Executions.IsEmpty ? 0 : record.LastExecution - SessionSave.ExecutionsKept;
    }

    public SessionId SessionId { get; }

    public byte[] Id { get; }

    public string Namespace { get; }

    public byte[] Creator { get; }

    public string? Template { get; }

    public long? TemplateVersion { get; }

    public long Status { get; }

    public long? IsOpen { get; }

    public long Version { get; }

    public long Sequence { get; }

    /// <summary>The newest event that the file must have before.</summary>
    public long FirstSequence { get; }

    public long Execution { get; }

    /// <summary>The newest logged execution that the file must have before.</summary>
    public long FirstExecution { get; }

    public long RequestedAt { get; }

    public long? EndsAt { get; }

    public long? DueAt { get; }

    public long? Epoch { get; }

    /// <summary>How much its data may take; null for the default, as most have it.</summary>
    public long? DataLimit { get; }

    public byte[] Body { get; }

    public int LiveChange { get; }

    /// <summary>The namespaces that may count the session, where it changes a count; the outermost first.</summary>
    public SessionNamespace[] Levels { get; }

    /// <summary>The labels of a session that is new.</summary>
    public LabelRow[] Labels { get; }

    public EventRow[] Events { get; }

    public ImmutableArray<ExecutionRecord> Executions { get; }

    public AnswerChanges Answers { get; }

    /// <summary>The sequence up to which older executions go; not positive if none do.</summary>
    public long DropsUntil { get; }

    /// <exception cref="StoreUnavailableException">It holds text that cannot be stored.</exception>
    public static SaveRow Of(SessionSave save) => new(save);

    /// <summary>An id as the file has it.</summary>
    public static byte[] IdOf(SessionId id)
    {
        var bytes = new byte[SessionId.ByteCount];
        id.CopyTo(bytes);
        return bytes;
    }

    /// <summary>A command's id as the file has it.</summary>
    public static byte[] CommandOf(CommandId command) => Guid.Parse(command.ToString()).ToByteArray(bigEndian: true);

    /// <summary>One label, as it is searched by.</summary>
    internal sealed record LabelRow(byte[] Text, byte[] Folded)
    {
        public static LabelRow Of(string label, string folded) => new(StorableText.Of(label), StorableText.Of(folded));
    }
}

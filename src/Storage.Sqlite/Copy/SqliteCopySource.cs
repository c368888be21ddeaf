using System.Globalization;
using Orleans.Runtime;
using Sessions.Core.Data;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Copy;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Files;
using Sessions.Storage.Sqlite.Rows;

namespace Sessions.Storage.Sqlite.Copy;

/// <summary>A file that no node has, read as a whole. The file is this process's until this is disposed of, and stays as it is.</summary>
internal sealed class SqliteCopySource : ICopySource, IDisposable
{
    // Damage that a short look would miss is found before anything is written elsewhere.
    private static readonly TimeSpan FullCheck = TimeSpan.FromMinutes(10);

    private readonly string path;
    private readonly FileOwner owner;
    private readonly SqliteConnection connection;

    private SqliteCopySource(string path, FileOwner owner, SqliteConnection connection) =>
        (this.path, this.owner, this.connection) = (path, owner, connection);

    /// <inheritdoc/>
    public long LastPosition => Scalar("SELECT seq FROM sqlite_sequence WHERE name = 'event'");

    /// <exception cref="StoreUnavailableException">The file cannot be read, or a node has it.</exception>
    public static SqliteCopySource Open(string path, TimeProvider clock) => Open(path, clock, Migrations.All);

    internal static SqliteCopySource Open(string path, TimeProvider clock, IReadOnlyList<Migration> migrations)
    {
        var file = new StoreFile(new SqliteStoreOptions { Path = path, StartCheck = FullCheck }, migrations, clock);
        var (owner, connection) = file.OpenUnchanged();
        try
        {
            // Everything is read from one state, although no other process should be writing.
            connection.Execute("BEGIN");
            return new SqliteCopySource(file.Path, owner, connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            owner.Dispose();
            throw StoreErrors.Of(e, file.Path, "The file cannot be read");
        }
    }

    /// <inheritdoc/>
    public CopyCounts Count()
    {
        var counts = new CopyCounts()
            .Add(CopyCounts.Sessions, Scalar("SELECT count(*) FROM session"))
            .Add(CopyCounts.SessionBytes, Scalar("SELECT sum(length(body)) FROM session"));
        foreach (var (status, count) in Read("SELECT status, count(*) FROM session GROUP BY status", row => ((SessionStatus)row.Int64(0), row.Int64(1))))
        {
            counts.Add(CopyCounts.OfStatus(status), count);
        }

        var limits = Scalar("SELECT count(*) FROM live_limit");
        counts.Add(CopyCounts.Answers, Scalar("SELECT count(*) FROM answer"))
            .Add(CopyCounts.DataAnswers, Scalar("SELECT count(*) FROM data_answer"))
            .Add(CopyCounts.Labels, Scalar("SELECT count(*) FROM label"))
            .Add(CopyCounts.Events, Scalar("SELECT count(*) FROM event"))
            .Add(CopyCounts.LastEvent, Scalar("SELECT max(position) FROM event"))
            .Add(CopyCounts.Executions, Scalar("SELECT count(*) FROM execution"))
            .Add(CopyCounts.Data, Scalar("SELECT count(*) FROM data"))
            .Add(CopyCounts.DataBytes, Scalar("SELECT sum(length(value)) FROM data"))
            .Add(CopyCounts.Policies, Scalar("SELECT count(DISTINCT namespace) FROM policy"))
            .Add(CopyCounts.PolicyVersions, Scalar("SELECT count(*) FROM policy"))
            .Add(CopyCounts.Limits, limits)
            .Add(CopyCounts.Live, Scalar("SELECT sum(live) FROM live_limit"))
            .Add(CopyCounts.RightLimits, limits)
            .Add(CopyCounts.Operations, Scalar("SELECT count(*) FROM operation"));
        foreach (var (state, count) in Read(
            "SELECT state, count(*) FROM grain_state WHERE payload IS NOT NULL GROUP BY state ORDER BY state", row => (row.Text(0), row.Int64(1))))
        {
            counts.Add(CopyCounts.OfState(state), count);
        }

        return counts.Add(CopyCounts.GrainStateBytes, Scalar("SELECT sum(length(payload)) FROM grain_state"));
    }

    /// <inheritdoc/>
    public IEnumerable<CopiedSession> ReadSessions() => Read(
        """
        SELECT s.id, ns.name, s.creator, s.status, s.version, s.template, s.template_version, s.requested_at, s.ends_at, s.due_at,
            s.epoch, s.data_bytes, s.data_version, s.data_limit, s.data_writes, s.data_history, s.body
        FROM session AS s CROSS JOIN namespace AS ns ON ns.n = s.namespace ORDER BY s.n
        """,
        row =>
        {
            var (writes, made) = RememberedWrites.Read(row.Bytes(14));
            return new CopiedSession(
                SessionId.Of(row.Bytes(0)),
                row.Text(1),
                row.Text(2),
                (SessionStatus)row.Int64(3),
                row.Int64(4),
                row.IsNull(5) ? null : row.IsNull(6) ? row.Text(5) : string.Create(CultureInfo.InvariantCulture, $"{row.Text(5)}@{row.Int64(6)}"),
                Instants.OfMicros(row.Int64(7)),
                Instant(row, 8),
                Instant(row, 9),
                row.NullableInt64(10),
                row.Int64(11),
                row.Int64(12),
                row.NullableInt64(13),
                writes,
                made,
                RememberedWrites.ReadNumbers(row.Bytes(15)),
                row.Text(16));
        });

    /// <inheritdoc/>
    public IEnumerable<CopiedAnswer> ReadAnswers() => Read(
        "SELECT s.id, a.command, a.version, a.content, a.verb FROM answer AS a CROSS JOIN session AS s ON s.n = a.session",
        row => new CopiedAnswer(
            SessionId.Of(row.Bytes(0)), new Guid(row.Bytes(1), bigEndian: true), row.Int64(2), row.Int64(3), (SessionVerb)row.Int64(4)));

    /// <inheritdoc/>
    public IEnumerable<CopiedDataAnswer> ReadDataAnswers() => Read(
        "SELECT s.id, a.token, a.version FROM data_answer AS a CROSS JOIN session AS s ON s.n = a.session",
        row => new CopiedDataAnswer(SessionId.Of(row.Bytes(0)), new Guid(row.Bytes(1), bigEndian: true), row.Int64(2)));

    /// <inheritdoc/>
    public IEnumerable<CopiedLabel> ReadLabels() => Read(
        "SELECT s.id, l.label, l.requested_at, l.folded FROM label AS l CROSS JOIN session AS s ON s.n = l.session",
        row => new CopiedLabel(SessionId.Of(row.Bytes(0)), row.Text(1), Instants.OfMicros(row.Int64(2)), row.Text(3)));

    /// <inheritdoc/>
    public IEnumerable<LoggedEvent> ReadEvents() =>
        Read($"SELECT {EventRow.Columns} FROM {EventRow.Joined} ORDER BY e.position", EventRow.Read);

    /// <inheritdoc/>
    public IEnumerable<CopiedExecution> ReadExecutions() => Read(
        """
        SELECT s.id, e.sequence, e.function, e.started_at, e.duration, e.outcome, e.depth
        FROM execution AS e CROSS JOIN session AS s ON s.n = e.session
        """,
        row => new CopiedExecution(SessionId.Of(row.Bytes(0)), new ExecutionRecord
        {
            Sequence = row.Int64(1),
            Function = FunctionName.Parse(row.Text(2)),
            StartedAt = Instants.OfMicros(row.Int64(3)),
            Duration = TimeSpan.FromTicks(row.Int64(4)),
            Outcome = (ExecutionOutcome)row.Int64(5),
            Depth = (int)row.Int64(6),
        }));

    /// <inheritdoc/>
    public IEnumerable<CopiedValue> ReadData() => Read(
        """
        SELECT s.id, ns.name, s.creator, d.key, d.version, d.value
        FROM data AS d CROSS JOIN session AS s ON s.n = d.session CROSS JOIN namespace AS ns ON ns.n = s.namespace ORDER BY d.n
        """,
        row => new CopiedValue(
            DataSpaces.Of(SessionId.Of(row.Bytes(0)), SessionNamespace.Parse(row.Text(1)), Principal.Parse(row.Text(2))).Text,
            row.Text(3),
            row.Int64(4),
            row.Bytes(5).ToArray()));

    /// <inheritdoc/>
    public IEnumerable<CopiedPolicy> ReadPolicies() => Read(
        "SELECT namespace, version, revision, set_at, set_by, reason, body, answers FROM policy ORDER BY revision",
        row => new CopiedPolicy(
            row.Text(0), row.Int64(1), row.Int64(2), Instants.OfMicros(row.Int64(3)), row.Text(4), row.NullableText(5), row.Text(6), row.NullableText(7)));

    /// <inheritdoc/>
    public IEnumerable<CopiedLimit> ReadLimits() => Read(
        "SELECT namespace, maximum, live FROM live_limit", row => new CopiedLimit(row.Text(0), row.Int64(1), row.Int64(2)));

    /// <inheritdoc/>
    public IEnumerable<CopiedOperation> ReadOperations() => Read(
        "SELECT id, namespace, actor, version, started_at, touched_at, ended_at, body FROM operation ORDER BY n",
        row => new CopiedOperation(
            row.Text(0),
            row.Text(1),
            row.Text(2),
            row.Int64(3),
            Instants.OfMicros(row.Int64(4)),
            Instants.OfMicros(row.Int64(5)),
            Instant(row, 6),
            row.Text(7)));

    /// <inheritdoc/>
    public IEnumerable<CopiedGrainState> ReadGrainStates() => Read(
        "SELECT service, state, grain, payload FROM grain_state WHERE payload IS NOT NULL ORDER BY service, n",
        row => new CopiedGrainState(row.Text(0), row.Text(1), GrainId.Parse(row.Text(2)), row.Bytes(3).ToArray()));

    public void Dispose()
    {
        connection.Dispose();
        owner.Dispose();
    }

    private static DateTimeOffset? Instant(SqliteStatement row, int column) =>
        row.NullableInt64(column) is { } micros ? Instants.OfMicros(micros) : null;

    private long Scalar(string sql)
    {
        try
        {
            return connection.Scalar(sql) ?? 0;
        }
        catch (SqliteException e)
        {
            throw Unreadable(e);
        }
    }

    private IEnumerable<T> Read<T>(string sql, Func<SqliteStatement, T> read)
    {
        using var rows = Try(() => connection.Prepare(sql));
        while (Try(rows.Step))
        {
            yield return Try(() => read(rows));
        }
    }

    private T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException e)
        {
            throw Unreadable(e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or System.Text.Json.JsonException)
        {
            throw new StoreUnavailableException($"{path} holds what this build cannot read: {e.Message}", e);
        }
    }

    private StoreUnavailableException Unreadable(SqliteException e) => StoreErrors.Of(e, path, "The file cannot be read");
}

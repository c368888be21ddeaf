using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Rows;
using Sessions.Storage.Sqlite.Writing;

namespace Sessions.Storage.Sqlite.Statements;

/// <summary>Writes a session with its events and executions, or nothing of it. Looks at everything before it changes anything.</summary>
internal static class SaveStatements
{
    private const string Insert =
        """
        INSERT INTO session (id, namespace, creator, template, template_version, status, is_open, version, sequence, execution,
            requested_at, ends_at, due_at, epoch, data_limit, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        ON CONFLICT (id) DO NOTHING
        """;

    private const string Find =
        "SELECT n, namespace, version, sequence, execution, is_open, ends_at, due_at FROM session WHERE id = ?1";

    // Most changes of a session leave its place in every index. What a statement does not name, SQLite does not write.
    private const string Update =
        """
        UPDATE session SET status = ?2, version = ?3, sequence = ?4, execution = ?5, epoch = ?6, data_limit = ?7, body = ?8
        WHERE n = ?1
        """;

    private const string UpdateWithPlaces =
        """
        UPDATE session SET status = ?2, version = ?3, sequence = ?4, execution = ?5, epoch = ?6, data_limit = ?7, body = ?8,
            is_open = ?9, ends_at = ?10, due_at = ?11
        WHERE n = ?1
        """;

    private const string UpdateWithDue =
        """
        UPDATE session SET status = ?2, version = ?3, sequence = ?4, execution = ?5, epoch = ?6, data_limit = ?7, body = ?8, due_at = ?9
        WHERE n = ?1
        """;

    private const string InsertEvent =
        """
        INSERT INTO event (session, sequence, namespace, type, at, version, status, expires_at, actor, reason, command, rest)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        """;

    private const string InsertExecution =
        """
        INSERT INTO execution (session, sequence, function, started_at, duration, outcome, depth) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """;

    private const string DropExecutions = "DELETE FROM execution WHERE session = ?1 AND sequence <= ?2";

    private const string ForgetAnswers = "DELETE FROM answer WHERE session = ?1 AND (version <= ?2 OR version = ?3)";

    private const string KeepAnswer =
        """
        INSERT INTO answer (session, command, version, content, verb) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (session, command) DO UPDATE SET version = excluded.version, content = excluded.content, verb = excluded.verb
        """;

    private const string InsertLabel = "INSERT INTO label (session, label, requested_at, folded) VALUES (?1, ?2, ?3, ?4)";

    /// <exception cref="SaveMismatchException">Its events or executions do not follow upon those in the file; nothing was changed.</exception>
    public static SaveOutcome Run(WriteSession session, SaveRow row) => row.Version == 1 ? Create(session, row) : Change(session, row);

    private static SaveOutcome Create(WriteSession session, SaveRow row)
    {
        if (row.FirstSequence != 0 || row.FirstExecution != 0)
        {
            using var held = session.Use(Find).Bind(1, row.Id);
            return held.Step() ? SaveOutcome.Conflict : throw DoesNotFollow(row);
        }

        var @namespace = session.NumberOf(row.Namespace);
        var inserted = session.Use(Insert)
            .Bind(1, row.Id).Bind(2, @namespace).BindText(3, row.Creator).Bind(4, row.Template).Bind(5, row.TemplateVersion)
            .Bind(6, row.Status).Bind(7, row.IsOpen).Bind(8, row.Version).Bind(9, row.Sequence).Bind(10, row.Execution)
            .Bind(11, row.RequestedAt).Bind(12, row.EndsAt).Bind(13, row.DueAt).Bind(14, row.Epoch).Bind(15, row.DataLimit)
            .Bind(16, row.Body)
            .Run();
        if (inserted == 0)
        {
            return SaveOutcome.Conflict;
        }

        var n = session.Connection.LastRow;
        foreach (var label in row.Labels)
        {
            session.Use(InsertLabel).Bind(1, n).BindText(2, label.Text).Bind(3, row.RequestedAt).BindText(4, label.Folded).Run();
        }

        Log(session, row, n, @namespace);
        return SaveOutcome.Saved;
    }

    private static SaveOutcome Change(WriteSession session, SaveRow row)
    {
        long n, @namespace;
        bool isPlaced, isDue;
        using (var held = session.Use(Find).Bind(1, row.Id))
        {
            if (!held.Step() || held.Int64(2) != row.Version - 1)
            {
                return SaveOutcome.Conflict;
            }

            if (held.Int64(3) != row.FirstSequence || held.Int64(4) != row.FirstExecution)
            {
                throw DoesNotFollow(row);
            }

            (n, @namespace) = (held.Int64(0), held.Int64(1));
            isPlaced = held.NullableInt64(5) == row.IsOpen && held.NullableInt64(6) == row.EndsAt;
            isDue = held.NullableInt64(7) == row.DueAt;
        }

        if (row.LiveChange > 0 && LiveLimits.FindFull(session, row.Levels) is { } full)
        {
            return SaveOutcome.Full(full);
        }

        var update = session.Use(!isPlaced ? UpdateWithPlaces : isDue ? Update : UpdateWithDue)
            .Bind(1, n).Bind(2, row.Status).Bind(3, row.Version).Bind(4, row.Sequence).Bind(5, row.Execution)
            .Bind(6, row.Epoch).Bind(7, row.DataLimit).Bind(8, row.Body);
        if (!isPlaced)
        {
            update.Bind(9, row.IsOpen).Bind(10, row.EndsAt).Bind(11, row.DueAt);
        }
        else if (!isDue)
        {
            update.Bind(9, row.DueAt);
        }

        update.Run();
        LiveLimits.Count(session, row.Levels, row.LiveChange);
        Log(session, row, n, @namespace);
        Keep(session, row.Answers, n);
        return SaveOutcome.Saved;
    }

    private static void Keep(WriteSession session, AnswerChanges changes, long n)
    {
        if (changes.ForgottenUpTo > 0 || changes.TakenBack > 0)
        {
            session.Use(ForgetAnswers).Bind(1, n).Bind(2, changes.ForgottenUpTo).Bind(3, changes.TakenBack).Run();
        }

        foreach (var answer in changes.Kept)
        {
            session.Use(KeepAnswer)
                .Bind(1, n).Bind(2, SaveRow.CommandOf(answer.CommandId)).Bind(3, answer.Version).Bind(4, answer.ContentHash).Bind(5, (long)answer.Verb)
                .Run();
        }
    }

    private static void Log(WriteSession session, SaveRow row, long n, long @namespace)
    {
        foreach (var e in row.Events)
        {
            session.Use(InsertEvent)
                .Bind(1, n).Bind(2, e.Sequence).Bind(3, @namespace).Bind(4, e.Type).Bind(5, e.At).Bind(6, e.Version).Bind(7, e.Status)
                .Bind(8, e.ExpiresAt).BindText(9, e.Actor).BindText(10, e.Reason).Bind(11, e.Command).Bind(12, e.Rest)
                .Run();
        }

        foreach (var execution in row.Executions)
        {
            session.Use(InsertExecution)
                .Bind(1, n).Bind(2, execution.Sequence).Bind(3, execution.Function.ToString())
                .Bind(4, Instants.Micros(execution.StartedAt)).Bind(5, execution.Duration.Ticks)
                .Bind(6, (long)execution.Outcome).Bind(7, (long)execution.Depth)
                .Run();
        }

        if (row.DropsUntil > 0)
        {
            session.Use(DropExecutions).Bind(1, n).Bind(2, row.DropsUntil).Run();
        }
    }

    private static SaveMismatchException DoesNotFollow(SaveRow row) => new(
        $"Version {row.Version} of session {row.SessionId} was not written: its events or executions do not follow upon those in the store.");
}

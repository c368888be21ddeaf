using Npgsql;
using NpgsqlTypes;
using Sessions.Core.Stored;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>A batch as the arrays that <see cref="SaveStatement"/> takes apart again, in the order of its parameters.</summary>
internal static class SaveParameters
{
    public static void Add(NpgsqlCommand command, SaveParts parts)
    {
        Add<string>(NpgsqlDbType.Text);
        Add<string>(NpgsqlDbType.Text);
        Add<string>(NpgsqlDbType.Text);
        Add<short>(NpgsqlDbType.Smallint);
        Add<long>(NpgsqlDbType.Bigint);
        Add<string?>(NpgsqlDbType.Text);
        Add<DateTime>(NpgsqlDbType.TimestampTz);
        Add<DateTime?>(NpgsqlDbType.TimestampTz);
        Add<DateTime?>(NpgsqlDbType.TimestampTz);
        Add<string>(NpgsqlDbType.Json);
        Add<long?>(NpgsqlDbType.Bigint);
        Add<long?>(NpgsqlDbType.Bigint);

        Add<string>(NpgsqlDbType.Text);
        Add<long>(NpgsqlDbType.Bigint);
        Add<string>(NpgsqlDbType.Text);
        Add<string>(NpgsqlDbType.Text);
        Add<DateTime>(NpgsqlDbType.TimestampTz);
        Add<string>(NpgsqlDbType.Text);
        Add<string?>(NpgsqlDbType.Text);
        Add<string>(NpgsqlDbType.Json);
        if (parts.HasFlag(SaveParts.Live))
        {
            Add<string>(NpgsqlDbType.Text);
            Add<long>(NpgsqlDbType.Bigint);
            Add<int>(NpgsqlDbType.Integer);

            Add<string>(NpgsqlDbType.Text);
            Add<string>(NpgsqlDbType.Text);
        }

        if (parts.HasFlag(SaveParts.Uncounted))
        {
            Add<string>(NpgsqlDbType.Text);
        }

        if (parts.HasFlag(SaveParts.Executions))
        {
            Add<string>(NpgsqlDbType.Text);
            Add<long>(NpgsqlDbType.Bigint);
            Add<string>(NpgsqlDbType.Text);
            Add<DateTime>(NpgsqlDbType.TimestampTz);
            Add<long>(NpgsqlDbType.Bigint);
            Add<short>(NpgsqlDbType.Smallint);
            Add<int>(NpgsqlDbType.Integer);

            Add<string>(NpgsqlDbType.Text);
            Add<long>(NpgsqlDbType.Bigint);
        }

        if (parts.HasFlag(SaveParts.Labels))
        {
            Add<string>(NpgsqlDbType.Text);
            Add<string>(NpgsqlDbType.Text);
            Add<DateTime>(NpgsqlDbType.TimestampTz);
            Add<string>(NpgsqlDbType.Text);
        }

        if (parts.HasFlag(SaveParts.Answers))
        {
            Add<string>(NpgsqlDbType.Text);
            Add<Guid>(NpgsqlDbType.Uuid);
            Add<long>(NpgsqlDbType.Bigint);
            Add<long>(NpgsqlDbType.Bigint);
            Add<short>(NpgsqlDbType.Smallint);

            Add<string>(NpgsqlDbType.Text);
            Add<long>(NpgsqlDbType.Bigint);
            Add<long>(NpgsqlDbType.Bigint);
        }

        void Add<T>(NpgsqlDbType element) =>
            command.Parameters.Add(new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | element, TypedValue = [] });
    }

    public static void Bind(NpgsqlCommand command, SaveParts parts, SaveRow[] rows)
    {
        var next = 0;
        Set(rows, row => row.Id);
        Set(rows, row => row.Namespace);
        Set(rows, row => row.Creator);
        Set(rows, row => row.Status);
        Set(rows, row => row.Version);
        Set(rows, row => row.Template);
        Set(rows, row => row.RequestedAt);
        Set(rows, row => row.EndsAt);
        Set(rows, row => row.DueAt);
        Set(rows, row => row.Body);
        Set(rows, row => row.Epoch);
        Set(rows, row => row.DataLimit);

        var events = rows.SelectMany(row => row.Events, (row, e) => (Row: row, Event: e)).ToArray();
        Set(events, e => e.Row.Id);
        Set(events, e => e.Event.Sequence);
        Set(events, e => e.Row.Namespace);
        Set(events, e => e.Event.Type);
        Set(events, e => e.Event.At);
        Set(events, e => e.Event.Actor);
        Set(events, e => e.Event.Reason);
        Set(events, e => e.Event.Body);
        if (parts.HasFlag(SaveParts.Live))
        {
            var moving = rows.Where(row => row.LiveChange != 0).ToArray();
            Set(moving, row => row.Id);
            Set(moving, row => row.Version);
            Set(moving, row => row.LiveChange);

            var levels = moving.SelectMany(row => row.Levels, (row, level) => (row.Id, Level: level)).ToArray();
            Set(levels, one => one.Id);
            Set(levels, one => one.Level);
        }

        if (parts.HasFlag(SaveParts.Uncounted))
        {
            Set([.. rows.SelectMany(row => row.Levels).Distinct(StringComparer.Ordinal)], level => level);
        }

        if (parts.HasFlag(SaveParts.Executions))
        {
            var executions = rows.SelectMany(row => row.Executions, (row, execution) => (row.Id, Execution: execution)).ToArray();
            Set(executions, e => e.Id);
            Set(executions, e => e.Execution.Sequence);
            Set(executions, e => e.Execution.Function.ToString());
            Set(executions, e => ExecutionLog.Stored(e.Execution.StartedAt).UtcDateTime);
            Set(executions, e => e.Execution.Duration.Ticks);
            Set(executions, e => (short)e.Execution.Outcome);
            Set(executions, e => e.Execution.Depth);

            var dropping = rows.Where(row => row.DropsUntil > 0).ToArray();
            Set(dropping, row => row.Id);
            Set(dropping, row => row.DropsUntil);
        }

        if (parts.HasFlag(SaveParts.Labels))
        {
            var labels = rows.SelectMany(row => row.Labels, (row, label) => (Row: row, Label: label)).ToArray();
            Set(labels, one => one.Row.Id);
            Set(labels, one => one.Label.Text);
            Set(labels, one => one.Row.RequestedAt);
            Set(labels, one => one.Label.Folded);
        }

        if (parts.HasFlag(SaveParts.Answers))
        {
            var kept = rows.SelectMany(row => row.Kept, (row, answer) => (row.Id, Answer: answer)).ToArray();
            Set(kept, one => one.Id);
            Set(kept, one => one.Answer.Command);
            Set(kept, one => one.Answer.Version);
            Set(kept, one => one.Answer.Content);
            Set(kept, one => one.Answer.Verb);

            var forgotten = rows.SelectMany(row => row.Forgotten, (row, range) => (row.Id, range.After, range.UpTo)).ToArray();
            Set(forgotten, one => one.Id);
            Set(forgotten, one => one.After);
            Set(forgotten, one => one.UpTo);
        }

        void Set<TRow, T>(TRow[] from, Converter<TRow, T> value) =>
            ((NpgsqlParameter<T[]>)command.Parameters[next++]).TypedValue = Array.ConvertAll(from, value);
    }
}

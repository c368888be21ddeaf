using Microsoft.Extensions.Logging;
using Npgsql;
using Sessions.Core;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Server;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>
/// Gathers the saves of many sessions into few transactions. There is no timer: a batch is whatever waits when a place for one
/// becomes free, so that a lone save leaves at once and a crowd shares.
/// </summary>
internal sealed partial class GroupCommitWriter(
    NpgsqlDataSource dataSource, PostgresStoreOptions options, KnownLimits limits, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private const int MaxAttempts = 4;

    // Beside a batch that is under way another starts only with this many saves. Fewer gain nothing by leaving early: a statement
    // costs the database about as much for one save as for ten, and under load that is what runs out.
    private const int WorthAnotherBatch = 16;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly SaveQueue queue = new(options.QueueCapacity);
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int workers;
    private bool stopping;

    /// <summary>How many saves wait for a batch.</summary>
    internal int Waiting
    {
        get
        {
            lock (gate)
            {
                return queue.Count;
            }
        }
    }

    /// <inheritdoc cref="ISessionStore.SaveAsync"/>
    public async ValueTask<SaveOutcome> SaveAsync(SessionSave save, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingSave(SaveRow.Of(save));
        Enqueue(pending);

        // Once it is on its way nobody can call it back, and to stop waiting then would be to guess.
        await using var registration = cancellationToken.UnsafeRegister(
            (state, token) => Withdraw((PendingSave)state!, token), pending);
        return await pending.Task;
    }

    /// <summary>Refuses what still waits and ends when the batches under way have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        PendingSave[] waiting;
        lock (gate)
        {
            if (!stopping)
            {
                stopping = true;
                if (workers == 0)
                {
                    stopped.TrySetResult();
                }
            }

            waiting = queue.Clear();
        }

        foreach (var save in waiting)
        {
            save.NotWritten("The store is shutting down.", null);
            save.Publish();
        }

        await stopped.Task;
    }

    private void Enqueue(PendingSave save)
    {
        lock (gate)
        {
            if (stopping)
            {
                throw new StoreUnavailableException("The store is shutting down.");
            }

            if (!queue.TryAdd(save))
            {
                throw new StoreUnavailableException($"{options.QueueCapacity} saves wait for the database already; try again later.");
            }

            if (workers >= options.ConcurrentBatches || queue.Ready < (workers == 0 ? 1 : WorthAnotherBatch))
            {
                return;
            }

            workers++;
        }

        // The worker serves everybody, so it must carry nothing of the caller who happened to come first: neither a grain's
        // scheduler nor a request's context.
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(WorkAsync);
        }
    }

    private void Withdraw(PendingSave save, CancellationToken cancellationToken)
    {
        bool withdrawn;
        lock (gate)
        {
            withdrawn = queue.TryRemove(save);
        }

        if (withdrawn)
        {
            save.Cancel(cancellationToken);
        }
    }

    private async Task WorkAsync()
    {
        await using var connection = new BatchConnection(dataSource);
        PendingSave[] batch = [];
        while ((batch = Exchange(batch)).Length > 0)
        {
            var start = clock.GetTimestamp();
            try
            {
                await WriteAsync(connection, batch);
            }
            catch (Exception e)
            {
                // Otherwise the place for this batch, and the sessions in it, would stay taken for ever.
                LogOutcomeUnknown(e, batch.Length);
            }

            foreach (var save in batch)
            {
                save.Publish();
            }

            if (clock.GetElapsedTime(start) is var elapsed && elapsed > Slow)
            {
                LogSlowBatch(batch.Length, elapsed.TotalSeconds);
            }
        }
    }

    /// <summary>Releases a batch that is done and takes the next; an empty one ends the worker.</summary>
    private PendingSave[] Exchange(PendingSave[] done)
    {
        lock (gate)
        {
            foreach (var save in done)
            {
                queue.Release(save.Id);
            }

            var next = stopping || (workers > 1 && queue.Ready < WorthAnotherBatch) ? [] : queue.Take(options.MaxBatchSize);
            if (next.Length == 0 && --workers == 0 && stopping)
            {
                stopped.TrySetResult();
            }

            return next;
        }
    }

    private async Task WriteAsync(BatchConnection connection, ArraySegment<PendingSave> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            NpgsqlCommand command;
            var parts = SaveStatement.PartsFor(batch, limits);
            try
            {
                command = await connection.OpenAsync(parts);
            }
            catch (Exception e)
            {
                await connection.DisposeAsync();
                NotWritten(batch, "The database cannot be reached", e);
                return;
            }

            try
            {
                // Those that only the company of others kept out are asked again, and all if somebody counts: each time more is known.
                batch = await SaveStatement.ExecuteAsync(command, parts, batch, limits);
                if (batch.Count == 0)
                {
                    return;
                }

                attempt = 0;
                continue;
            }
            catch (Exception e)
            {
                FormerPrimary.LeaveIfItWas(dataSource, e);
                switch (WriteFailures.Classify(e))
                {
                    case WriteFailure.Disturbed when attempt < MaxAttempts:
                        LogDisturbed(e, batch.Count, attempt);
                        continue;

                    case WriteFailure.Unknown:
                        LogOutcomeUnknown(e, batch.Count);
                        foreach (var save in batch)
                        {
                            save.Unknown(e);
                        }

                        await connection.DisposeAsync();
                        return;

                    case var _ when batch.Count == 1:
                        NotWritten(batch, "The database refused the save", e);
                        return;
                }
            }

            // Something in the batch cannot be written. Halving it finds the culprit and spares its neighbours.
            var half = batch.Count / 2;
            await WriteAsync(connection, batch[..half]);
            await WriteAsync(connection, batch[half..]);
            return;
        }
    }

    private void NotWritten(ArraySegment<PendingSave> batch, string message, Exception cause)
    {
        LogNotWritten(cause, batch.Count);
        foreach (var save in batch)
        {
            save.NotWritten($"{message}: {cause.Message}", cause);
        }
    }
}

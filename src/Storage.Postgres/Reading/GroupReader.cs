using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;
using Sessions.Storage.Postgres.Saving;

namespace Sessions.Storage.Postgres.Reading;

/// <summary>
/// Gathers the reads of many sessions into few statements, as <see cref="GroupCommitWriter"/> does for saves: a lone read leaves
/// at once, and a crowd, as when a silo takes over another's sessions, shares.
/// </summary>
/// <typeparam name="T">What is read of a session.</typeparam>
/// <param name="read">Asks for those of the ids that exist, in any order.</param>
internal sealed class GroupReader<T>(Func<string[], Task<IReadOnlyDictionary<string, T>>> read)
    where T : class
{
    private const int MaxBatch = 128;
    private const int Capacity = 65_536;
    private const int MaxWorkers = 2;
    private const int WorthAnotherBatch = 16;

    private readonly Lock gate = new();
    private readonly Queue<PendingRead> waiting = new();
    private int workers;

    /// <summary>What is stored; null if there is no such session.</summary>
    public async Task<T?> ReadAsync(SessionId id, CancellationToken cancellationToken)
    {
        var pending = new PendingRead(id.ToString());
        lock (gate)
        {
            if (waiting.Count >= Capacity)
            {
                throw new StoreUnavailableException($"{Capacity} reads wait for the database already; try again later.");
            }

            waiting.Enqueue(pending);
            if (workers < MaxWorkers && waiting.Count >= (workers == 0 ? 1 : WorthAnotherBatch))
            {
                workers++;

                // The worker serves everybody and must carry nothing of the caller who happened to come first.
                using (ExecutionContext.SuppressFlow())
                {
                    _ = Task.Run(WorkAsync, CancellationToken.None);
                }
            }
        }

        return await pending.Answer.Task.WaitAsync(cancellationToken);
    }

    private async Task WorkAsync()
    {
        while (Take() is { Length: > 0 } batch)
        {
            try
            {
                var found = await read([.. batch.Select(pending => pending.Id).Distinct()]);
                foreach (var pending in batch)
                {
                    pending.Answer.TrySetResult(found.GetValueOrDefault(pending.Id));
                }
            }
#pragma warning disable CA1031 // Whatever it is, those who wait are to hear it, and the place for the batch is to be free again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Array.ForEach(batch, pending => pending.Answer.TrySetException(exception));
            }
        }
    }

    private PendingRead[] Take()
    {
        lock (gate)
        {
            if (waiting.Count == 0 || (workers > 1 && waiting.Count < WorthAnotherBatch))
            {
                workers--;
                return [];
            }

            var batch = new PendingRead[Math.Min(MaxBatch, waiting.Count)];
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = waiting.Dequeue();
            }

            return batch;
        }
    }

    private sealed record PendingRead(string Id)
    {
        // Asynchronously, because a batch must not run the code of those who wait for it.
        public TaskCompletionSource<T?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

using Microsoft.Extensions.Logging;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Files;

namespace Sessions.Storage.Sqlite.Writing;

/// <summary>
/// The only writer of a file: a thread that takes all that waits, writes it in one transaction, and answers after the commit. There is no
/// timer: a lone write leaves at once, and those that come while the disk is busy share the next commit.
/// </summary>
internal sealed partial class GroupCommitWriter : IAsyncDisposable
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    private readonly object gate = new();
    private readonly WriteQueue queue;
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<WriteSession> open;
    private readonly string path;
    private readonly int maxBatchSize;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private WriteSession? session;
    private bool stopping;

    /// <param name="open">Opens the file to write to.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="options">How much at once.</param>
    /// <param name="clock">Times the batches; never decides anything.</param>
    /// <param name="logger">Told what went wrong.</param>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public GroupCommitWriter(Func<WriteSession> open, string path, SqliteStoreOptions options, TimeProvider clock, ILogger logger)
    {
        (this.open, this.path, this.clock, this.logger) = (open, path, clock, logger);
        maxBatchSize = options.MaxBatchSize;
        queue = new WriteQueue(options.QueueCapacity);
        session = open();
        new Thread(Work) { IsBackground = true, Name = "sessions-sqlite-writer" }.UnsafeStart();
    }

    /// <summary>How many writes wait for a batch.</summary>
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

    /// <summary>Writes, and answers when it is committed.</summary>
    /// <param name="run">Writes, on the writer's thread, in a transaction with others; may be called again after its changes were undone.</param>
    /// <param name="cancellationToken">Takes it back while it waits; once the writer has it, its answer is waited for.</param>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Written or not.</exception>
    public async ValueTask<T> WriteAsync<T>(Func<WriteSession, T> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var write = new PendingWrite<T>(run);
        Enqueue(write);
        await using var registration = cancellationToken.UnsafeRegister((state, token) => Withdraw((PendingWrite)state!, token), write);
        return await write.Task;
    }

    /// <summary>Refuses what waits, and ends when the batch on its way has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        PendingWrite[] waiting;
        lock (gate)
        {
            stopping = true;
            waiting = queue.Take(queue.Count);
            Monitor.Pulse(gate);
        }

        foreach (var write in waiting)
        {
            write.Fail(ShuttingDown());
            write.Publish();
        }

        await stopped.Task;
    }

    private static StoreUnavailableException ShuttingDown() => new("The store is shutting down.");

    private void Enqueue(PendingWrite write)
    {
        lock (gate)
        {
            if (stopping)
            {
                throw ShuttingDown();
            }

            if (!queue.TryAdd(write))
            {
                throw new StoreUnavailableException($"{queue.Count} writes wait for the disk already; try again later.");
            }

            if (queue.Count == 1)
            {
                Monitor.Pulse(gate);
            }
        }
    }

    private void Withdraw(PendingWrite write, CancellationToken cancellationToken)
    {
        bool withdrawn;
        lock (gate)
        {
            withdrawn = queue.TryRemove(write);
        }

        if (withdrawn)
        {
            write.Cancel(cancellationToken);
        }
    }

    private void Work()
    {
        while (Take() is { Length: > 0 } batch)
        {
            var start = clock.GetTimestamp();
            try
            {
                Write(batch);
            }
#pragma warning disable CA1031 // Otherwise the thread would end, and with it every write from then on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogOutcomeUnknown(e, batch.Length);
                FailAll(batch, Unknown(e));
                Reopen();
            }

            foreach (var write in batch)
            {
                write.Publish();
            }

            if (clock.GetElapsedTime(start) is var elapsed && elapsed > Slow)
            {
                LogSlowBatch(batch.Length, elapsed.TotalSeconds);
            }
        }

        session?.Dispose();
        stopped.TrySetResult();
    }

    /// <summary>What waits; waits itself while nothing does. None when the store shuts down.</summary>
    private PendingWrite[] Take()
    {
        lock (gate)
        {
            while (queue.Count == 0 && !stopping)
            {
                Monitor.Wait(gate);
            }

            return queue.Take(maxBatchSize);
        }
    }

    private void Write(PendingWrite[] batch)
    {
        // The second time each write can be undone by itself. The first time that is saved: a write looks before it changes anything.
        if (!TryWrite(batch, alone: false))
        {
            TryWrite(batch, alone: true);
        }
    }

    /// <summary>False, and nothing is written, if one failed half-way and has to be undone by itself.</summary>
    private bool TryWrite(PendingWrite[] batch, bool alone)
    {
        try
        {
            session ??= open();
            session.Begin();
            foreach (var write in batch)
            {
                if (!TryRun(session, write, alone))
                {
                    session.Rollback();
                    return false;
                }
            }
        }
        catch (SqliteException e)
        {
            // Before the commit nothing is written.
            LogNotWritten(e, batch.Length);
            FailAll(batch, StoreErrors.Of(e, path, "The store could not write"));
            Undo();
            return true;
        }

        try
        {
            session.Commit();
        }
        catch (SqliteException e) when (e.ProvesNotCommitted)
        {
            LogNotWritten(e, batch.Length);
            FailAll(batch, StoreErrors.Of(e, path, "The store could not commit"));
            Undo();
        }

        return true;
    }

    private static bool TryRun(WriteSession session, PendingWrite write, bool alone)
    {
        var before = session.Connection.TotalChanges;
        try
        {
            if (alone)
            {
                session.RunAlone(write.Run);
            }
            else
            {
                write.Run(session);
            }

            return true;
        }
        catch (Exception e) when (e is not SqliteException { IsStatementError: false })
        {
            write.Fail(e is SqliteException ? new StoreUnavailableException($"The store refused the write: {e.Message}", e) : e);
            return alone || session.Connection.TotalChanges == before;
        }
    }

    private static void FailAll(PendingWrite[] batch, Exception error)
    {
        foreach (var write in batch)
        {
            write.Fail(error);
        }
    }

    private StoreOutcomeUnknownException Unknown(Exception cause) =>
        new($"Whether {path} was written is not known: {cause.Message}", cause);

    private void Undo()
    {
        try
        {
            session?.Rollback();
        }
        catch (SqliteException e)
        {
            LogReopened(e);
            Reopen();
        }
    }

    // After an error of the disk at a commit the connection's view of the file is not to be trusted. The log's next commit overwrites
    // what the failed one may have left there.
    private void Reopen()
    {
        session?.Dispose();
        session = null;
    }
}

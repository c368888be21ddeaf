using System.Collections.Concurrent;
using System.Text.Json;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite.Engine;
using Sessions.Storage.Sqlite.Files;

namespace Sessions.Storage.Sqlite;

/// <summary>
/// Connections that read beside the writer. Each question sees everything that was committed before it was asked. The quick ones are
/// answered on the caller's thread: handing them to another costs more than they do.
/// </summary>
internal sealed class ReaderPool(StoreFile file, int size) : IAsyncDisposable
{
    private readonly SemaphoreSlim places = new(size, size);
    private readonly ConcurrentBag<SqliteConnection> idle = [];
    private bool stopped;

    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            return Read(read);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Waits for the questions that are being answered, and refuses those that come.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref stopped, true))
        {
            return;
        }

        for (var place = 0; place < size; place++)
        {
            await places.WaitAsync();
        }

        foreach (var connection in idle)
        {
            connection.Dispose();
        }

        places.Release(size);
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        if (Volatile.Read(ref stopped))
        {
            throw new StoreUnavailableException("The store is shutting down.");
        }

        SqliteConnection? connection = null;
        try
        {
            if (!idle.TryTake(out connection))
            {
                connection = file.OpenReader();
            }

            var answer = read(connection);
            idle.Add(connection);
            connection = null;
            return answer;
        }
        catch (SqliteException e)
        {
            throw StoreErrors.Of(e, file.Path, "The store could not answer");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new StoreUnavailableException($"What {file.Path} holds cannot be read: {e.Message}", e);
        }
        finally
        {
            // Only one that has failed is left.
            connection?.Dispose();
        }
    }
}

namespace Sessions.Storage.Postgres;

/// <summary>How the silo writes to PostgreSQL.</summary>
internal sealed class PostgresStoreOptions
{
    /// <summary>The most saves that share one statement. 1 to 1,000; default 128.</summary>
    public int MaxBatchSize { get; set; } = 128;

    /// <summary>
    /// Batches under way at the same time, each of which takes one connection from the pool. 1 to 16; default 2, of which one
    /// is gathered and sent while the other waits for the disk.
    /// </summary>
    public int ConcurrentBatches { get; set; } = 2;

    /// <summary>The most saves that may wait for a batch; those beyond are refused at once. 1 to 1,000,000; default 16,384.</summary>
    public int QueueCapacity { get; set; } = 16_384;

    /// <exception cref="ArgumentException">A value is out of range; the message says which and what to do.</exception>
    internal void Validate()
    {
        Check(nameof(MaxBatchSize), MaxBatchSize, 1_000);
        Check(nameof(ConcurrentBatches), ConcurrentBatches, 16);
        Check(nameof(QueueCapacity), QueueCapacity, 1_000_000);
    }

    private static void Check(string name, int value, int max)
    {
        if (value < 1 || value > max)
        {
            throw new ArgumentException($"PostgresStoreOptions.{name} is {value}; set it to a value from 1 to {max}.");
        }
    }
}

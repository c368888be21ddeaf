namespace Sessions.Storage.Sqlite;

/// <summary>Where and how a node keeps its sessions in SQLite.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>
    /// The file. Its folder is created if it is missing. On a disk of this machine: SQLite's write-ahead log does not work over a network.
    /// Required.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>The most writes that share one commit; 1 to 10,000, default 1,000.</summary>
    public int MaxBatchSize { get; set; } = 1000;

    /// <summary>The most writes that may wait for a commit; those beyond are refused at once. 1 to 1,000,000; default 16,384.</summary>
    public int QueueCapacity { get; set; } = 16_384;

    /// <summary>The most questions that are answered at the same time, each by a connection of its own; 1 to 64, default 4.</summary>
    public int Readers { get; set; } = 4;

    /// <summary>
    /// For how long the start looks for damaged pages. Small files are looked through, of larger ones a part. 0 to 10 min, default 500 ms.
    /// </summary>
    public TimeSpan StartCheck { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The most bytes that the file may grow to, without its write-ahead log; 1 MiB to 100 TiB, null for as many as the disk has. Default null.</summary>
    public long? MaxFileBytes { get; set; }

    /// <exception cref="ArgumentException">A value is out of range; the message says which and what to do.</exception>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(Path))
        {
            throw new ArgumentException($"{nameof(SqliteStoreOptions)}.{nameof(Path)} is empty; set it to the path of a file.");
        }

        Check(nameof(MaxBatchSize), MaxBatchSize, 1, 10_000);
        Check(nameof(QueueCapacity), QueueCapacity, 1, 1_000_000);
        Check(nameof(Readers), Readers, 1, 64);
        Check(nameof(StartCheck), StartCheck, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        if (MaxFileBytes is { } bytes)
        {
            Check(nameof(MaxFileBytes), bytes, 1L << 20, 100L << 40);
        }
    }

    private static void Check<T>(string name, T value, T min, T max)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
        {
            throw new ArgumentException($"{nameof(SqliteStoreOptions)}.{name} is {value}; set it to a value from {min} to {max}.");
        }
    }
}

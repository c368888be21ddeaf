using Microsoft.Extensions.Logging;

namespace Sessions.Cluster.Tests;

/// <summary>What was logged, in order.</summary>
internal sealed class LogRecords<T> : ILogger<T>
{
    private readonly List<(int Id, string Text, Exception? Exception)> entries = [];

    public IReadOnlyList<(int Id, string Text, Exception? Exception)> Entries
    {
        get
        {
            lock (entries)
            {
                return [.. entries];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (entries)
        {
            entries.Add((eventId.Id, formatter(state, exception), exception));
        }
    }
}

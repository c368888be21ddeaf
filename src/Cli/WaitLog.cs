using Microsoft.Extensions.Logging;

namespace Sessions.Cli;

/// <summary>Hears in the client's log what is repeated, and why, and tells it in a few words.</summary>
internal sealed class WaitLog(Action<string> told) : ILoggerProvider, ILogger
{
    private const string Client = "Sessions.Client.";

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith(Client, StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // Entries without a cause are not about something that is waited for.
        if (state is IReadOnlyList<KeyValuePair<string, object?>> values && Value(values, "Fault") is { } fault)
        {
            told(Value(values, "Call") is { } call ? $"{call} is repeated: {fault}" : $"connecting: {fault}");
        }
    }

    public void Dispose()
    {
    }

    private static string? Value(IReadOnlyList<KeyValuePair<string, object?>> values, string name) =>
        values.FirstOrDefault(value => value.Key == name).Value?.ToString();
}

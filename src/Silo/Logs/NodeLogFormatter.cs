using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Sessions.Silo.Settings;

namespace Sessions.Silo.Logs;

/// <summary>
/// Writes a log entry as one line with its time, for people or as JSON. Of warnings and errors that repeat, the first is written and the others
/// are counted. What was thrown is told by its messages; its trace is written for errors only.
/// </summary>
internal sealed class NodeLogFormatter(IOptions<SiloOptions> options, TimeProvider time) : ConsoleFormatter(Id)
{
    /// <summary>The name of the formatter.</summary>
    public const string Id = "sessions";

    private readonly bool isJson = options.Value.LogFormat == LogFormat.Json;
    private readonly RepeatedEntries repeated = new(time);

    public NodeLogFormatter(IOptions<SiloOptions> options)
        : this(options, TimeProvider.System)
    {
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var left = 0L;
        if (logEntry.LogLevel >= LogLevel.Warning)
        {
            var kind = (logEntry.Category, logEntry.EventId.Id, logEntry.LogLevel, logEntry.Exception?.GetType(), logEntry.Exception?.GetBaseException().GetType());
            (var isWritten, left) = repeated.Take(kind);
            if (!isWritten)
            {
                return;
            }
        }

        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (isJson)
        {
            WriteJson(logEntry, message, left, textWriter);
        }
        else
        {
            WriteText(logEntry, message, left, textWriter);
        }
    }

    private void WriteText<TState>(in LogEntry<TState> entry, string message, long left, TextWriter writer)
    {
        var at = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var again = left > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({left} more like this since the last one)") : "";
        writer.WriteLine($"{at} {LevelOf(entry.LogLevel)} {entry.Category}[{entry.EventId.Id}] {OneLine(message)}{Because(entry.Exception)}{again}");
        if (entry is { LogLevel: >= LogLevel.Error, Exception: { } exception })
        {
            writer.WriteLine(exception.ToString());
        }
    }

    private void WriteJson<TState>(in LogEntry<TState> entry, string message, long left, TextWriter writer)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("level", entry.LogLevel.ToString());
            json.WriteString("category", entry.Category);
            json.WriteNumber("event", entry.EventId.Id);
            json.WriteString("message", message);
            if (entry.Exception is { } exception)
            {
                json.WriteString("exception", exception.ToString());
            }

            if (left > 0)
            {
                json.WriteNumber("repeated", left);
            }

            if (entry.State is IEnumerable<KeyValuePair<string, object?>> values)
            {
                json.WriteStartObject("values");
                foreach (var (name, value) in values.Where(static one => one.Key != "{OriginalFormat}"))
                {
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static string Because(Exception? exception)
    {
        var messages = new List<string>();
        for (var cause = exception; cause is not null && messages.Count < 5; cause = cause.InnerException)
        {
            messages.Add($"{cause.GetType().Name}: {cause.Message}");
        }

        return messages.Count == 0 ? "" : " " + OneLine(string.Join(" <- ", messages));
    }

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}

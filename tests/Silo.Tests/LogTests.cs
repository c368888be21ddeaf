using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sessions.Silo.Logs;
using Sessions.Silo.Settings;

namespace Sessions.Silo.Tests;

public sealed class LogTests
{
    private readonly FakeTimeProvider time = new(new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Entry_IsOneLineWithItsTime() => Assert.Equal(
        $"2026-11-28T12:00:00.000Z warn  A.Category[7] Not done. InvalidOperationException: outer <- TimeoutException: inner{Environment.NewLine}",
        Write(Formatter(), LogLevel.Warning, 7, "Not\ndone.".Replace('\n', ' '), new InvalidOperationException("outer", new TimeoutException("inner"))));

    [Fact]
    public void Error_HasItsTrace_Below()
    {
        var lines = Write(Formatter(), LogLevel.Error, 7, "Not done.", new InvalidOperationException("outer")).Split(Environment.NewLine);

        Assert.Equal("2026-11-28T12:00:00.000Z error A.Category[7] Not done. InvalidOperationException: outer", lines[0]);
        Assert.Equal("System.InvalidOperationException: outer", lines[1]);
    }

    [Fact]
    public void EntriesThatRepeat_AreWrittenOnceInAWindow_AndTheNextSaysHowManyWereLeftOut()
    {
        var formatter = Formatter();

        Assert.NotEmpty(Write(formatter, LogLevel.Warning, 7, "Not done."));
        for (var n = 0; n < 5000; n++)
        {
            Assert.Empty(Write(formatter, LogLevel.Warning, 7, $"Not done by {n}."));
        }

        Assert.NotEmpty(Write(formatter, LogLevel.Warning, 8, "Another."));
        Assert.NotEmpty(Write(formatter, LogLevel.Warning, 7, "Not done.", new TimeoutException("late")));
        time.Advance(RepeatedEntries.Window);
        Assert.Contains("Not done. (5000 more like this since the last one)", Write(formatter, LogLevel.Warning, 7, "Not done."), StringComparison.Ordinal);
    }

    [Fact]
    public void Information_IsAlwaysWritten()
    {
        var formatter = Formatter();
        Assert.All(Enumerable.Range(0, 10), _ => Assert.NotEmpty(Write(formatter, LogLevel.Information, 7, "Done.")));
    }

    [Fact]
    public void Json_IsOneObjectOnALine_WithItsValues()
    {
        var line = Write(Formatter(LogFormat.Json), LogLevel.Error, 7, "Not\ndone.", new InvalidOperationException("outer"));

        Assert.Equal(line.IndexOf('\n', StringComparison.Ordinal), line.Length - 1);
        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal(("Error", "A.Category", 7, "Not\ndone."), (json.GetProperty("level").GetString(), json.GetProperty("category").GetString(), json.GetProperty("event").GetInt32(), json.GetProperty("message").GetString()));
        Assert.Equal("s-1", json.GetProperty("values").GetProperty("SessionId").GetString());
        Assert.StartsWith("System.InvalidOperationException: outer", json.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    private NodeLogFormatter Formatter(LogFormat format = LogFormat.Text) => new(Options.Create(new SiloOptions { LogFormat = format }), time);

    private static string Write(NodeLogFormatter formatter, LogLevel level, int id, string message, Exception? exception = null)
    {
        using var writer = new StringWriter();
        KeyValuePair<string, object?>[] state = [new("SessionId", "s-1"), new("{OriginalFormat}", "x")];
        var entry = new LogEntry<KeyValuePair<string, object?>[]>(level, "A.Category", new EventId(id), state, exception, (_, _) => message);
        formatter.Write(entry, scopeProvider: null, writer);
        return writer.ToString();
    }
}

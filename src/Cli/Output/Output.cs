using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sessions.Cli.Parsing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sessions.Cli.Output;

/// <summary>Where results go: tables for people, one JSON object for machines.</summary>
internal sealed class Output
{
    // Nobody reads a pipe in columns of eighty, and a wrapped id cannot be searched for.
    private const int WidthOfPipe = 240;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,

        // Quotes stay readable; what a terminal might act upon is escaped all the same.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(), new IsoDurationConverter() },
    };

    private static readonly JsonSerializerOptions JsonOfErrors = new(Json) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    // Erases the line and goes to its beginning.
    private const string NewLine = "\r\u001b[2K";
    private const int WidthOfWaiting = 100;

    private readonly CliEnvironment environment;
    private readonly Lock waiting = new();
    private bool isWaiting;

    public Output(CliEnvironment environment, bool isJson)
    {
        (this.environment, IsJson) = (environment, isJson);
        var plain = !environment.OutIsTerminal || !string.IsNullOrEmpty(environment.Variable("NO_COLOR"));
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = environment.OutIsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = environment.OutIsTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(environment.Out),
        });
        if (!environment.OutIsTerminal)
        {
            Console.Profile.Width = WidthOfPipe;
        }
    }

    public bool IsJson { get; }

    /// <summary>Whether progress may be drawn over itself.</summary>
    public bool IsLive => environment.OutIsTerminal && !IsJson;

    public IAnsiConsole Console { get; }

    public DateTimeOffset Now => environment.Time.GetUtcNow();

    /// <summary>Says what is waited for, over what was said before; people who look at the errors see it, until there is a result.</summary>
    public void Waiting(string what)
    {
        if (!environment.ErrorIsTerminal || IsJson)
        {
            return;
        }

        lock (waiting)
        {
            var line = Plain(what).ReplaceLineEndings(" ");
            environment.Error.Write(NewLine + (line.Length > WidthOfWaiting ? line[..WidthOfWaiting] + "…" : line));
            isWaiting = true;
        }
    }

    /// <summary>One of many results, on a line of its own.</summary>
    /// <exception cref="CliOutputException">It cannot be written.</exception>
    public void WriteJson(object json)
    {
        StopWaiting();
        try
        {
            environment.Out.WriteLine(JsonSerializer.Serialize(json, Json));
        }
        catch (Exception fault) when (CliOutputException.IsCause(fault))
        {
            throw new CliOutputException(fault);
        }
    }

    /// <summary>The result: <paramref name="json"/> for machines, <paramref name="view"/> for people.</summary>
    /// <exception cref="CliOutputException">It cannot be written.</exception>
    public void Write(Func<object> json, Func<IRenderable> view)
    {
        StopWaiting();
        try
        {
            if (IsJson)
            {
                environment.Out.WriteLine(JsonSerializer.Serialize(json(), Json));
            }
            else
            {
                Console.Write(view());
            }
        }
        catch (Exception fault) when (CliOutputException.IsCause(fault))
        {
            throw new CliOutputException(fault);
        }
    }

    /// <summary>The result: <paramref name="json"/> for machines, and otherwise <paramref name="raw"/>, byte for byte.</summary>
    /// <exception cref="CliOutputException">It cannot be written.</exception>
    public void Write(Func<object> json, ReadOnlySpan<byte> raw)
    {
        StopWaiting();
        try
        {
            if (IsJson)
            {
                environment.Out.WriteLine(JsonSerializer.Serialize(json(), Json));
                return;
            }

            using var stream = environment.OpenOut();
            stream.Write(raw);
            stream.Flush();
        }
        catch (Exception fault) when (CliOutputException.IsCause(fault))
        {
            throw new CliOutputException(fault);
        }
    }

    /// <summary>A line about how it goes, beside the result.</summary>
    public void Note(string line) => WriteError(Plain(line));

    /// <summary>What went wrong, and what to do next.</summary>
    public void Fail(ErrorReport report)
    {
        if (IsJson)
        {
            WriteError(JsonSerializer.Serialize(report, JsonOfErrors));
            return;
        }

        var hint = report.Hint is { } next ? $"{Environment.NewLine}hint: {Plain(next)}" : "";
        WriteError($"error: {report.Code}: {Plain(report.Message)}{hint}");
    }

    private void StopWaiting()
    {
        lock (waiting)
        {
            if (isWaiting)
            {
                environment.Error.Write(NewLine);
                isWaiting = false;
            }
        }
    }

    private void WriteError(string lines)
    {
        StopWaiting();
        try
        {
            environment.Error.WriteLine(lines);
        }
        catch (Exception fault) when (CliOutputException.IsCause(fault))
        {
            // Nobody reads it; the exit code still says what happened.
        }
    }

    private static string Plain(string text) => Parsing.Plain.Clean(text);
}

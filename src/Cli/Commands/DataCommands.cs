using System.CommandLine;
using System.Globalization;
using System.Text;
using Sessions.Cli.Output;
using Sessions.Cli.Parsing;
using Sessions.Client;

namespace Sessions.Cli.Commands;

/// <summary><c>sessions data get | put | delete | list</c>.</summary>
internal static class DataCommands
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Command Data(CommandRunner runner) => new("data", "Read and write a session's data.")
    {
        Get(runner),
        Put(runner),
        Delete(runner),
        List(runner),
    };

    private static Command Get(CommandRunner runner)
    {
        var (id, key) = (CommonOptions.Id(), Key());
        return runner.Command(
            "get",
            "Write a value to stdout, byte for byte; with --json as an object, in base 64. Ends with 1 where there is none.",
            [id, key],
            async (context, cancellationToken) =>
            {
                var (session, what) = (context.Client.Get(context.Parsed.GetValue(id)), context.Parsed.GetValue(key));
                if (await session.Data.GetAsync(what, cancellationToken) is not { } value)
                {
                    context.Output.Fail(new()
                    {
                        Code = "NoValue",
                        Message = $"There is no value under {Plain.Quote(what.ToString())}.",
                        Hint = $"see 'sessions data list {session.Id}'",
                        SessionId = session.Id,
                    });
                    return ExitCodes.Refused;
                }

                context.Output.Write(
                    () => new DataValueJson(session.Id, value.Key, value.Version, Convert.ToBase64String(value.Value.AsSpan())),
                    value.Value.AsSpan());
                return ExitCodes.Done;
            });
    }

    private static Command Put(CommandRunner runner)
    {
        var (id, key, expected) = (CommonOptions.Id(), Key(), Expected());
        var text = new Argument<string?>("VALUE")
        {
            Description = $"The value as text; without it and without --file stdin is read to its end. At most {DataValue.MaxBytes} bytes.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var file = new Option<string?>("--file") { Description = "Take the value from this file, byte for byte.", HelpName = "FILE" };
        return runner.Command("put", "Put a value.", [id, key, text, file, expected], async (context, cancellationToken) =>
        {
            var (session, what) = (context.Client.Get(context.Parsed.GetValue(id)), context.Parsed.GetValue(key));
            var value = await ReadAsync(context, context.Parsed.GetValue(text), context.Parsed.GetValue(file), cancellationToken);
            var options = new DataWriteOptions { ExpectedVersion = context.Parsed.GetValue(expected) };
            var version = await session.Data.PutAsync(what, value, options, cancellationToken);
            context.Output.Write(
                () => new DataEntryJson(what, version, value.Length), () => Views.Data([new DataEntry(what, version, value.Length)]));
        });
    }

    private static Command Delete(CommandRunner runner)
    {
        var (id, key, expected) = (CommonOptions.Id(), Key(), Expected());
        return runner.Command("delete", "Delete a value, if there is one.", [id, key, expected], async (context, cancellationToken) =>
        {
            var (session, what) = (context.Client.Get(context.Parsed.GetValue(id)), context.Parsed.GetValue(key));
            var options = new DataWriteOptions { ExpectedVersion = context.Parsed.GetValue(expected) };
            var version = await session.Data.DeleteAsync(what, options, cancellationToken);
            context.Output.Write(() => new DataDeletedJson(what, version), () => Views.Data([]));
        });
    }

    private static Command List(CommandRunner runner)
    {
        var id = CommonOptions.Id();
        var prefix = new Option<string?>("--prefix") { Description = "Only keys that begin with this. Default: all.", HelpName = "TEXT" };
        return runner.Command(
            "list", "List the keys with versions and sizes, in the order of their bytes.", [id, prefix], async (context, cancellationToken) =>
            {
                var session = context.Client.Get(context.Parsed.GetValue(id));
                var entries = await session.Data.ListAsync(context.Parsed.GetValue(prefix) ?? "", cancellationToken).ToListAsync(cancellationToken);
                context.Output.Write(
                    () => new DataListJson(session.Id, entries.Select(entry => new DataEntryJson(entry.Key, entry.Version, entry.Size))),
                    () => Views.Data(entries));
            });
    }

    private static Argument<DataKey> Key() => Values.Argument<DataKey>("KEY", "1 to 128 bytes.");

    private static Option<long?> Expected() => Values.Converted<long>(
        "--expect",
        "VERSION",
        "Only if the value is at this version; 0 if there is to be none. Default: any.",
        text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : Parsed<long>.Wrong($"is {Plain.Quote(text)}, not a whole number from 0 on"));

    /// <summary>The bytes from where they were said to be, and no more of them than a value may have and one.</summary>
    private static async Task<byte[]> ReadAsync(CommandContext context, string? text, string? file, CancellationToken cancellationToken)
    {
        if (text is not null && file is not null)
        {
            throw new CliUsageException("VALUE and --file exclude each other.");
        }

        try
        {
            if (text is not null)
            {
                return Strict.GetBytes(text);
            }

            await using var source = file is null ? context.Environment.OpenIn() : File.OpenRead(file);
            var buffer = new byte[DataValue.MaxBytes + 1];
            var length = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return buffer[..length];
        }
        catch (EncoderFallbackException)
        {
            throw new CliUsageException("VALUE is not valid Unicode; give bytes with --file or on stdin.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new CliUsageException($"{(file is null ? "stdin" : Plain.Quote(file))} cannot be read: {fault.Message}");
        }
    }
}

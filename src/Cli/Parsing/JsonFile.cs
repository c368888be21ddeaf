using System.Collections.Immutable;
using System.Text.Json;

namespace Sessions.Cli.Parsing;

/// <summary>Files in which people write definitions, in JSON with comments and trailing commas. All faults are found, not the first only.</summary>
internal static class JsonFile
{
    /// <summary>The largest file, 1 MiB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <exception cref="CliUsageException">The file cannot be read, or is too large.</exception>
    public static ReadOnlyMemory<byte> Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return ReadAll(stream, path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliUsageException($"{Plain.Quote(path)} cannot be read: {fault.Message}");
        }
    }

    /// <exception cref="InvalidConfigurationException">The text says something wrong.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> json, Func<TemplateNode, T> read)
    {
        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        T definition = default!;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions
            {
                AllowDuplicateProperties = false,
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                MaxDepth = 16,
            });
            definition = read(new TemplateNode(document.RootElement, "", faults));
        }
        catch (JsonException fault)
        {
            faults.Add(new("file", "is not well-formed JSON: " + Plain.Clean(fault.Message)));
        }

        return faults.Count == 0 ? definition : throw SessionException.From(
            SessionError.InvalidConfiguration(null, faults.ToImmutable()));
    }

    /// <summary>Reads at most the cap: the length is asked first, and not trusted, for a pipe has none.</summary>
    private static byte[] ReadAll(FileStream stream, string path)
    {
        if (!stream.CanSeek || stream.Length <= MaxBytes)
        {
            using var copy = new MemoryStream();
            var buffer = new byte[16 * 1024];
            while (stream.Read(buffer) is > 0 and var count)
            {
                copy.Write(buffer, 0, count);
                if (copy.Length > MaxBytes)
                {
                    break;
                }
            }

            if (copy.Length <= MaxBytes)
            {
                return copy.ToArray();
            }
        }

        throw new CliUsageException($"{Plain.Quote(path)} has more than {MaxBytes} bytes, the most that a definition may have");
    }
}

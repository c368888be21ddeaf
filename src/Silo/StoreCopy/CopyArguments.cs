using Npgsql;
using Sessions.Silo.Settings;

namespace Sessions.Silo.StoreCopy;

/// <summary>What <c>store copy</c> was told.</summary>
/// <param name="File">The file to copy from.</param>
/// <param name="ConnectionString">The database to copy to.</param>
internal sealed record CopyArguments(string File, string ConnectionString)
{
    public const string Usage =
        """
        Usage: store copy --from FILE|DIRECTORY --to CONNECTION-STRING

        Copies what a node keeps in one SQLite file into an empty PostgreSQL database. The node must not run.
          --from   the file, or the node's data directory
          --to     the database, in Npgsql's form: "Host=db;Database=sessions;Username=sessions"
        """;

    private const string From = "--from";
    private const string To = "--to";

    /// <exception cref="InvalidDataException">The arguments cannot be used; the message says which and what to do.</exception>
    public static CopyArguments Parse(ReadOnlySpan<string> arguments)
    {
        if (arguments is not ["copy", .. var options])
        {
            throw new InvalidDataException("Say what to do with the store: copy.");
        }

        string? from = null, to = null;
        while (options is [var option, .. var rest])
        {
            var separator = option.IndexOf('=', StringComparison.Ordinal);
            var name = separator < 0 ? option : option[..separator];
            if (name is not (From or To))
            {
                throw new InvalidDataException($"'{name}' is not an option of store copy.");
            }

            if (separator < 0 && rest.IsEmpty)
            {
                throw new InvalidDataException($"{name} needs a value.");
            }

            var value = separator < 0 ? rest[0] : option[(separator + 1)..];
            options = separator < 0 ? rest[1..] : rest;
            if ((name == From ? from : to) is not null)
            {
                throw new InvalidDataException($"{name} is there twice.");
            }

            (from, to) = name == From ? (value, to) : (from, value);
        }

        return string.IsNullOrWhiteSpace(from) ? throw new InvalidDataException($"{From} is missing.")
            : string.IsNullOrWhiteSpace(to) ? throw new InvalidDataException($"{To} is missing.")
            : new CopyArguments(FindFile(from), CheckDatabase(to));
    }

    private static string FindFile(string from)
    {
        var file = Path.GetFullPath(Directory.Exists(from) ? Path.Combine(from, StorageOptions.FileName) : from);
        return System.IO.File.Exists(file) ? file : throw new InvalidDataException($"There is no file {file}.");
    }

    private static string CheckDatabase(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 }
                ? text
                : throw new InvalidDataException($"{To} names no host.");
        }
        catch (ArgumentException e)
        {
            // Without the text: it may hold a password.
            throw new InvalidDataException($"{To} is not a connection string of PostgreSQL: {e.Message}");
        }
    }
}

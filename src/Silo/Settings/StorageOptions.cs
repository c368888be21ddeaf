using Npgsql;

namespace Sessions.Silo.Settings;

/// <summary>In what a node keeps its sessions.</summary>
internal enum StorageKind
{
    /// <summary>Not a value.</summary>
    Invalid = 0,

    /// <summary>In one file, for a node by itself.</summary>
    Sqlite = 1,

    /// <summary>In the process.</summary>
    Memory = 2,

    /// <summary>In a database that nodes share.</summary>
    Postgres = 3,
}

/// <summary>Where a node keeps its sessions: the settings <c>Sessions:Storage</c> and <c>Sessions:DataDirectory</c> with the connection string.</summary>
internal sealed class StorageOptions
{
    /// <summary>The setting that names the kind of store.</summary>
    public const string StorageKey = "Storage";

    /// <summary>The setting that names the folder of the file.</summary>
    public const string DataDirectoryKey = "DataDirectory";

    /// <summary>The name of the connection string.</summary>
    public const string ConnectionStringName = "Sessions";

    /// <summary>The name of the file in its folder.</summary>
    public const string FileName = "sessions.db";

    /// <summary>The section of both.</summary>
    public const string Section = "Sessions";

    private StorageOptions(StorageKind kind, string? connectionString, string? file) =>
        (Kind, ConnectionString, File) = (kind, connectionString, file);

    public StorageKind Kind { get; }

    /// <summary>Set for PostgreSQL.</summary>
    public string? ConnectionString { get; }

    /// <summary>Set for SQLite.</summary>
    public string? File { get; }

    /// <exception cref="InvalidSettingsException">The settings contradict each other, or one cannot be read; the message says what to change.</exception>
    public static StorageOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var connectionString = configuration.GetConnectionString(ConnectionStringName) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
        var kind = ParseKind(section[StorageKey]) ?? (connectionString is null ? StorageKind.Sqlite : StorageKind.Postgres);
        var name = kind.ToString().ToLowerInvariant();
        if (kind == StorageKind.Postgres && connectionString is null)
        {
            throw new InvalidSettingsException(
                $"Sessions:{StorageKey} is postgres and ConnectionStrings:{ConnectionStringName} is not set. Set it, or set Sessions:{StorageKey} to sqlite or memory.");
        }

        if (kind != StorageKind.Postgres && connectionString is not null)
        {
            throw new InvalidSettingsException(
                $"Sessions:{StorageKey} is {name} and ConnectionStrings:{ConnectionStringName} is set. Remove one of the two.");
        }

        var directory = section[DataDirectoryKey];
        if (kind != StorageKind.Sqlite && !string.IsNullOrWhiteSpace(directory))
        {
            throw new InvalidSettingsException(
                $"Sessions:{DataDirectoryKey} is set and the sessions are kept in {name}, which has no folder. Remove it, or set Sessions:{StorageKey} to sqlite.");
        }

        return new StorageOptions(kind, connectionString, kind == StorageKind.Sqlite ? Path.Combine(Directory(directory), FileName) : null);
    }

    /// <summary>What a node says of its store when it is up.</summary>
    public string Describe()
    {
        if (Kind == StorageKind.Postgres)
        {
            var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
            return $"PostgreSQL, database {builder.Database} at {builder.Host}:{builder.Port}";
        }

        return Kind == StorageKind.Sqlite
            ? $"SQLite, file {File}"
            : $"memory. NOTHING OUTLIVES THIS PROCESS; remove Sessions:{StorageKey}=memory to keep sessions in a file.";
    }

    private static StorageKind? ParseKind(string? text) => text?.Trim().ToLowerInvariant() switch
    {
        null or "" => null,
        "sqlite" => StorageKind.Sqlite,
        "memory" => StorageKind.Memory,
        "postgres" => StorageKind.Postgres,
        _ => throw new InvalidSettingsException($"Sessions:{StorageKey} is '{text}'; set sqlite, memory or postgres."),
    };

    private static string Directory(string? configured)
    {
        if (!string.IsNullOrWhiteSpace(configured))
        {
            return Path.GetFullPath(configured);
        }

        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0 ? Path.Combine(data, "sessions") : throw new InvalidSettingsException(
            $"This machine has no folder for application data. Set Sessions:{DataDirectoryKey} to the folder that the sessions are to be kept in.");
    }
}

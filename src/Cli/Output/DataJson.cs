namespace Sessions.Cli.Output;

/// <summary>A value for machines.</summary>
internal sealed record DataValueJson(SessionId SessionId, DataKey Key, long Version, string Base64);

/// <summary>A key for machines.</summary>
internal sealed record DataEntryJson(DataKey Key, long Version, int Size);

/// <summary>A deletion for machines, with the version that it made.</summary>
internal sealed record DataDeletedJson(DataKey Key, long Version);

/// <summary>What a session has, for machines.</summary>
internal sealed record DataListJson(SessionId SessionId, IEnumerable<DataEntryJson> Entries);

namespace Sessions.Core.Ownership;

/// <summary>The versions under which a session is held: by the store, or by an activation.</summary>
/// <param name="Version">The version of the record; 0 where there is none.</param>
/// <param name="DataVersion">The newest version of the session's data, which is changed beside the record; 0 where it never had any.</param>
internal readonly record struct StoredVersions(long Version, long DataVersion);
